import type { AppError } from '../../../errors/index.ts';
import { isTextName, type Say, type TextName } from './texts/texts.ts';

/** What is wrong with what somebody entered, in the language of the page. */
export interface FormErrors {
  /** Messages by the name of their field. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** What is of no one field. */
  readonly page: readonly string[];
  /** Whether a passkey was sent that the server does not have any more, and all else was right. */
  readonly isPasskeyGone?: boolean;
}

export const noErrors: FormErrors = { fields: {}, page: [] };

/**
 * The messages of the contract and of the password policy, which are English, and what a page says instead. A
 * number in a message is its `count`.
 */
const problems: readonly (readonly [message: RegExp, text: TextName])[] = [
  [/^This field (?:is required|may not be blank|may not be null)\.$/, 'problem.required'],
  [/^Not a valid string\.$/, 'problem.invalid'],
  [/^Enter a valid email address\.$/, 'problem.invalid_email'],
  [/^user with this email address already exists\.$/, 'problem.email_taken'],
  [/^Enter a valid username\./, 'problem.username_characters'],
  [/^A user with that username already exists\.$/, 'problem.username_taken'],
  [/^Ensure this field has no more than (\d+) characters?\.$/, 'problem.too_long'],
  [/^(?:Null|Surrogate) characters are not allowed/, 'problem.characters'],
  [/^This is not the code of the mail\.$/, 'problem.undo_code'],
  [/^This is already your email\.$/, 'problem.own_email'],
  [/^The password is not correct\.$/, 'problem.password_wrong'],
  [/^This password is too short\. It must contain at least (\d+) /, 'problem.password_short'],
  [/^This password is too common\.$/, 'problem.password_common'],
  [/^This password has appeared in a data breach\.$/, 'problem.password_breached'],
  [/^The password is too similar to the email address\.$/, 'problem.password_like_email'],
  [/^The password is too similar to the username\.$/, 'problem.password_like_username'],
];

/** A message of the contract in the language of the page; as it is where it is not known. */
export function fieldMessage(message: string, say: Say): string {
  for (const [pattern, text] of problems) {
    const match = pattern.exec(message);
    if (match) return say(text, { count: Number(match[1] ?? 0) });
  }
  return message;
}

/**
 * What an error says to the person who filled in a form: by field where it is about fields, else in one sentence.
 * A code with values of its own has its text as `error.<code>`; `minutes` is how long to wait, `tries_left` how
 * often a code may still be entered.
 *
 * @param values what was entered, by field
 */
export function formErrorsOf(
  error: AppError,
  say: Say,
  values: Readonly<Record<string, string>> = {},
): FormErrors {
  if (error.code === 'invalid_fields') return ofFields(error.options.members ?? {}, say, values);
  if (error.code === 'invalid_code') return ofCode(error, say, values);
  if (error.code === 'invalid_passkey') return ofPasskey(error, say);
  return { fields: {}, page: [messageOf(error, say)] };
}

/** Why a passkey was not accepted, where people can do something about it. */
function ofPasskey(error: AppError, say: Say): FormErrors {
  const { reason, signal_unknown: isGone } = error.options.members ?? {};
  const name = `passkey.refused_${reason}`;
  const page = [isTextName(name) ? say(name) : messageOf(error, say)];
  return { fields: {}, page, ...(isGone === true && { isPasskeyGone: true }) };
}

/**
 * A code is wrong in the field that it was entered in. Where a new password is set, that is the mail's: a wrong second factor
 * is an error of its own (`second_factor`).
 */
function ofCode(
  error: AppError,
  say: Say,
  {
    credential,
    recovery_code: recoveryCode,
    code = '',
    password,
  }: Readonly<Record<string, string>>,
): FormErrors {
  const { tries_left: left = 0 } = error.options.members ?? {};
  if (password === undefined) {
    if (credential) return { fields: {}, page: [say('error.invalid_passkey')] };
    if (recoveryCode !== undefined) {
      const message = say('problem.recovery_code', { tries_left: Number(left) });
      return { fields: { recovery_code: [message] }, page: [] };
    }
  }
  // Where tries are not counted, that is not what is wrong with six digits.
  const isWhole = left === 0 && /^\d{6}$/.test(code.replaceAll(/[\s-]/g, ''));
  return {
    fields: { code: [isWhole ? say('problem.app_code') : messageOf(error, say)] },
    page: [],
  };
}

function ofFields(
  members: Readonly<Record<string, unknown>>,
  say: Say,
  values: Readonly<Record<string, string>>,
): FormErrors {
  const fields: Record<string, string[]> = {};
  const page: string[] = [];
  for (const [name, messages] of Object.entries(members)) {
    if (!Array.isArray(messages)) continue;
    if (name === 'second_factor') {
      if (values.credential) page.push(say('error.invalid_passkey'));
      else if (values.recovery_code)
        fields.recovery_code = [say('problem.recovery_code', { tries_left: 0 })];
      else fields.factor_code = [say('problem.app_code')];
      continue;
    }
    fields[name] = [...new Set(messages.map((message) => fieldMessage(String(message), say)))];
  }
  return { fields, page };
}

/** An error as one sentence. */
export function messageOf(error: AppError, say: Say): string {
  const name = `error.${error.code}`;
  if (!isTextName(name)) return say('error.other');
  const { headers = {}, members = {} } = error.options;
  const seconds = Number(headers['retry-after'] ?? 60);
  return say(name, {
    minutes: Math.max(1, Math.ceil(seconds / 60)),
    tries_left: Number(members.tries_left ?? 0),
  });
}
