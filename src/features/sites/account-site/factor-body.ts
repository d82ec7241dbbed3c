import { type Body, textMember } from '../../../contract/fields.ts';

/**
 * The members of a body that prove a factor, from a form. The answer of an authenticator comes as a text of JSON;
 * another text counts as a wrong answer.
 */
export function factorMembers(body: Body): Readonly<Record<string, unknown>> {
  const credential = credentialOf(body);
  if (credential) return { credential };
  const recoveryCode = textMember(body, 'recovery_code');
  return recoveryCode === undefined
    ? { code: textMember(body, 'code') ?? '' }
    : { recovery_code: recoveryCode };
}

/** What an authenticator has answered; undefined if the form was sent without one. */
export function credentialOf(body: Body): object | undefined {
  const text = textMember(body, 'credential');
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
