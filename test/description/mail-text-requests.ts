import { setText } from '../../src/settings/change-settings.ts';
import { mailTextSetting } from '../../src/settings/mail-text-settings.ts';
import type { TestServer } from '../harness.ts';

interface Needs {
  readonly fields?: Record<string, string>;
  readonly json?: object;
  readonly path?: Record<string, string | number>;
}

const text = { locale: 'en', name: 'invitation.heading' };
const tried = { kind: 'invitation', locale: 'en' };

/** What the operations on the texts of mails need to succeed. */
export function mailTextRequests(
  server: () => TestServer,
): Record<string, () => Needs | Promise<Needs>> {
  return {
    listMailTexts: () => ({ path: { locale: 'en' } }),
    readMailText: () => ({ path: text }),
    changeMailText: () => ({ path: text, fields: { value: 'Welcome to {site}' } }),
    resetMailText: () => ({ path: text, fields: {} }),
    rollBackMailText: async () => {
      const origin = { actor: 'test', reason: '' };
      const setting = mailTextSetting(text.locale, text.name);
      const { id } = await setText(server().deps, setting, 'Welcome', origin);
      return { path: { ...text, id }, fields: {} };
    },
    previewMail: () => ({ json: { ...tried, texts: { 'invitation.heading': 'Welcome' } } }),
    sendTestMail: () => ({ fields: tried }),
  };
}
