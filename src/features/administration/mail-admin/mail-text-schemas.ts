import { Type } from 'typebox';
import { type BodyField, declareBody, optional } from '../../../contract/declare-body.ts';
import { plainText } from '../../../contract/text-fields.ts';
import { choiceField, memberOf, valueField } from '../../../contract/value-fields.ts';
import { orNull } from '../../../http/schemas.ts';
import { locales, messageKinds, textNames } from '../../platform/mail/index.ts';
import { changeFields } from '../../platform/settings-admin/index.ts';

/** What the routes of the texts of mails take and answer. */

const localeWords = {
  description: `A language that mails are written in: ${locales.join(', ')}, or one of \`LATCHKEY_MAIL_TEXTS\`.`,
  examples: [locales[0]],
};
const locale = Type.String({ maxLength: 35, ...localeWords });
const name = Type.String({
  enum: [...textNames],
  title: 'MailTextName',
  description: 'The name of a text.',
  examples: ['password_reset.subject'],
});
const kindWords = {
  title: 'MailKind',
  description: 'What a mail is about.',
  examples: ['password_reset'],
};
const kind = Type.String({ enum: [...messageKinds], ...kindWords });
const placeholders = (description: string, ...examples: string[]) =>
  Type.Array(Type.String(), { description, examples: [examples] });

export const localePath = Type.Object({ locale });
export const textPath = Type.Object({ locale, name });
export const rollbackPath = Type.Object({
  locale,
  name,
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [7] }),
});

export const textSchema = Type.Object(
  {
    name,
    locale,
    text: Type.String({
      description: 'What mails say, as an ICU message.',
      examples: ['Reset your password at {site}'],
    }),
    source: Type.String({
      enum: ['setting', 'file', 'built-in'],
      description: 'Where the text comes from: a change of it, `LATCHKEY_MAIL_TEXTS`, or Latchkey.',
      examples: ['built-in'],
    }),
    text_locale: Type.String({
      description: 'The language that the text is in: another one where this one has none.',
      examples: ['en'],
    }),
    default_text: Type.String({
      description: 'What mails say without a change.',
      examples: ['Reset your password at {site}'],
    }),
    kinds: Type.Array(kind, { description: 'The mails that it stands in.' }),
    placeholders: placeholders('Those that it may have.', 'site'),
    required_placeholders: placeholders('Those that it has to have.'),
    problem: orNull(
      Type.String(),
      null,
      'What is wrong with the text, since a newer release asks for more; null: nothing.',
    ),
    version: Type.Integer({
      description: 'The id of its last change, to be sent as `expected_version`; 0: none.',
      examples: [3],
    }),
  },
  { title: 'MailText', description: 'The text.' },
);

export const textList = Type.Object(
  {
    languages: Type.Array(Type.String(), {
      description: 'Every language that mails are written in.',
      examples: [[...locales]],
    }),
    items: Type.Array(textSchema),
  },
  { title: 'MailTextList', description: 'The texts of a language.' },
);

export const textBody = declareBody(
  {
    value: valueField(
      Type.String({ maxLength: 1_000, examples: ['Your new password for {site}'] }),
    ),
    ...changeFields,
  },
  { title: 'MailTextChange' },
);
export const textResetBody = declareBody(changeFields, { title: 'MailTextReset' });

const kindField = choiceField(messageKinds, kindWords);
const localeField = plainText({ maxLength: 35, ...localeWords });

/** Texts by name. */
const draftsField: BodyField<Readonly<Record<string, string>>> = {
  schema: Type.Record(Type.String(), Type.String(), {
    description: 'Texts that are not stored yet, by name.',
    examples: [{ 'password_reset.heading': 'Choose a new password' }],
  }),
  read(body, name) {
    const value = memberOf(body, name);
    return isTexts(value) ? { value } : { errors: ['Not an object of texts.'] };
  },
};

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}

export const previewBody = declareBody(
  { kind: kindField, locale: localeField, texts: optional(draftsField) },
  { title: 'MailPreviewRequest' },
);

export const previewSchema = Type.Object(
  {
    subject: Type.String({ examples: ['Reset your password at auth.example.com'] }),
    text: Type.String({ examples: ['RESET YOUR PASSWORD\n'] }),
    html: Type.String({ examples: ['<!doctype html>'] }),
  },
  { title: 'MailPreview', description: 'The mail.' },
);

export const testBody = declareBody(
  { kind: kindField, locale: localeField },
  { title: 'TestMailRequest' },
);

export const testSchema = Type.Object(
  { email: Type.String({ description: 'Whom it is sent to.', examples: ['ada@example.com'] }) },
  { title: 'TestMail', description: 'It is on its way.' },
);
