import { useQuery } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { MailPreview, MailText, MailTextList } from '../../api/types.ts';

/** Names in a path: they come from the page's own URL. */
const pathOf = (...names: readonly string[]) =>
  `/api/admin/mail-texts/${names.map((name) => `${encodeURIComponent(name)}/`).join('')}`;

export function useMailTexts(locale: string) {
  return useQuery({
    queryKey: ['mail-texts', locale],
    queryFn: ({ signal }) => request<MailTextList>('GET', pathOf(locale), { signal }),
  });
}

export function useMailText(locale: string, name: string) {
  return useQuery({
    queryKey: ['mail-texts', locale, name],
    queryFn: ({ signal }) => request<MailText>('GET', pathOf(locale, name), { signal }),
  });
}

/** A mail with a text that is not saved. */
export function usePreview(kind: string, { locale, name }: MailText, draft: string) {
  return useQuery({
    queryKey: ['mail-texts', 'preview', kind, locale, name, draft],
    queryFn: ({ signal }) =>
      request<MailPreview>('POST', pathOf('preview'), {
        json: { kind, locale, texts: { [name]: draft } },
        signal,
      }),
    placeholderData: (before) => before,
  });
}

/** @param value absent: back to the default */
export function saveText(
  { locale, name, version }: MailText,
  { value, reason }: { value?: string; reason: string },
): Promise<MailText> {
  const json = { reason, expected_version: version, ...(value !== undefined && { value }) };
  const method = value === undefined ? 'DELETE' : 'PUT';
  return request<MailText>(method, pathOf(locale, name), { json });
}

export function sendTest(kind: string, locale: string): Promise<{ email: string }> {
  return request('POST', pathOf('test'), { json: { kind, locale } });
}
