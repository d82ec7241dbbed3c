import { Type } from 'typebox';
import { declareBody, optional } from '../../../contract/declare-body.ts';
import { expectedVersion } from '../../../contract/expected-version.ts';
import { plainText } from '../../../contract/text-fields.ts';
import { valueField } from '../../../contract/value-fields.ts';
import { nextCursor } from '../../../http/schemas.ts';
import { settingTypes } from '../../../settings/definitions.ts';
import { settingGroups, settingNames } from '../../../settings/registry.ts';
import { textFormats } from '../../../settings/text-settings.ts';

export const settingName = Type.String({
  enum: settingNames,
  title: 'SettingName',
  description: 'The name of a setting.',
  examples: ['ACCESS_TOKEN_LIFETIME'],
});

/** Of the history, which has the texts of mails too. */
const changedName = Type.String({
  title: 'ChangedName',
  description: 'The name of a setting, or of a text: `MAIL_TEXT:`, the language, `:` and the text.',
  examples: ['ACCESS_TOKEN_LIFETIME', 'MAIL_TEXT:de:password_reset.subject'],
});

const value = Type.Union([Type.Integer(), Type.String(), Type.Boolean()], { examples: [60] });
const valueOrNull = (description: string, example: unknown) =>
  Type.Union([Type.Integer(), Type.String(), Type.Boolean(), Type.Null()], {
    description,
    examples: [example],
  });

export const settingSchema = Type.Object(
  {
    name: settingName,
    group: Type.String({
      enum: Object.keys(settingGroups),
      description: 'What it is about.',
      examples: ['tokens'],
    }),
    type: Type.String({ enum: settingTypes, examples: ['integer'] }),
    value,
    text: Type.String({ description: 'The value in words.', examples: ['1 minute'] }),
    default: Type.Union([Type.Integer(), Type.String(), Type.Boolean()], { examples: [30] }),
    default_text: Type.String({
      description: 'The default in words.',
      examples: ['30 seconds'],
    }),
    minimum: Type.Optional(Type.Integer({ description: 'For integers.', examples: [1] })),
    maximum: Type.Optional(Type.Integer({ description: 'For integers.', examples: [604_800] })),
    unit: Type.Optional(Type.String({ description: 'For integers.', examples: ['seconds'] })),
    zero: Type.Optional(
      Type.String({ description: 'For integers: what 0 means.', examples: ['no limit'] }),
    ),
    choices: Type.Optional(
      Type.Array(Type.String(), {
        description: 'For choices: the possible values.',
        examples: [[]],
      }),
    ),
    format: Type.Optional(
      Type.String({
        enum: textFormats,
        description: 'For texts: what they contain.',
        examples: ['origins'],
      }),
    ),
    max_length: Type.Optional(
      Type.Integer({ description: 'For texts: in characters.', examples: [4_000] }),
    ),
    colors: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description:
          'For texts of colours: which there are, each as it is where the text does not name it.',
        examples: [{ accent: '#3347c4', link: '#3043b8' }],
      }),
    ),
    blank: Type.Optional(
      Type.String({ description: 'For texts: what an empty text means.', examples: ['none'] }),
    ),
    requiring_roles: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Of `SECOND_FACTOR_POLICY`: the roles that require a second factor, the first twenty. While it is `off`, that has no effect.',
        examples: [['support']],
      }),
    ),
    description: Type.String({
      examples: ['How long an access token is valid. A refresh returns the next one.'],
    }),
    source: Type.String({
      enum: ['environment', 'database', 'default'],
      description: 'Where the value comes from.',
      examples: ['database'],
    }),
    is_pinned: Type.Boolean({
      description: 'Whether the environment sets it, so that it cannot be changed here.',
      examples: [false],
    }),
    version: Type.Integer({
      description: 'The id of its last change, for `expected_version`; 0: it was never changed.',
      examples: [3],
    }),
  },
  { title: 'Setting', description: 'The setting.' },
);

export const settingChangeSchema = Type.Object(
  {
    id: Type.Integer({ examples: [3] }),
    name: changedName,
    from: valueOrNull('The stored value before; null: the default.', null),
    to: valueOrNull('The stored value since; null: the default.', 60),
    actor: Type.String({
      description: 'Who: `user:` with the id, or `cli:` with the name on the server.',
      examples: ['user:1'],
    }),
    reason: Type.String({ examples: ['fewer refreshes'] }),
    changed_at: Type.String({ format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] }),
  },
  { title: 'SettingChange' },
);

/** The optional fields of every change of a setting. */
export const changeFields = {
  reason: optional(
    plainText({
      ...{ maxLength: 500, mayBeBlank: true },
      description: 'Why; kept in the history.',
      examples: ['fewer refreshes'],
    }),
  ),
  expected_version: expectedVersion,
};

export const newValueBody = declareBody(
  { value: valueField(value), ...changeFields },
  { title: 'SettingValue' },
);
export const resetBody = declareBody(changeFields, { title: 'SettingReset' });
export const rollbackBody = declareBody(changeFields, { title: 'SettingRollback' });

export const settingSchemas = {
  changedName,
  settingList: Type.Object(
    { items: Type.Array(settingSchema) },
    { title: 'SettingList', description: 'Every setting.' },
  ),
  changePage: Type.Object(
    { items: Type.Array(settingChangeSchema), next_cursor: nextCursor },
    { title: 'SettingChangePage', description: 'A page of changes.' },
  ),
  namePath: Type.Object({ name: settingName }),
};
