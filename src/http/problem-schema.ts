import { Type } from 'typebox';
import { type EndCause, endCauseTable, errorTable } from '../errors/index.ts';

/** Every cause of an ended session. */
export const endCauses = Object.keys(endCauseTable) as EndCause[];

export const errorCodeSchema = Type.String({
  enum: Object.keys(errorTable),
  title: 'ErrorCode',
  description: 'The kind of error.',
});

export const endCauseSchema = Type.String({
  enum: endCauses,
  title: 'EndCause',
  description: 'Why a session ended.',
});

/** Every error, as the API description has it. */
export const problemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri-reference', description: 'Where the code is explained.' }),
    title: Type.String({ description: 'One sentence, always the same for a code.' }),
    status: Type.Integer(),
    code: Type.Union([errorCodeSchema, endCauseSchema]),
    request_id: Type.String({ description: "The name of this request in the server's log." }),
    detail: Type.Optional(Type.String({ description: 'What is wrong in this case.' })),
    error: Type.Optional(
      Type.String({ description: 'The same text, where older clients read it.' }),
    ),
    acr_values: Type.Optional(
      Type.String({
        description:
          'With `insufficient_user_authentication`: how the user may prove who they are, separated by spaces, the best ' +
          'first: `aal1` (password), `aal2` (second factor), `phr` (passkey).',
      }),
    ),
    max_age: Type.Optional(
      Type.Integer({
        description:
          'With `insufficient_user_authentication`: how long ago that may have been, in seconds.',
      }),
    ),
    flow: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], {
        description:
          'With `second_factor_required`: send it with the second factor. With `invalid_fields`: what is wrong with the ' +
          'member of that name.',
      }),
    ),
    methods: Type.Optional(
      Type.Array(Type.String({ enum: ['passkey', 'totp', 'recovery_code'] }), {
        description: 'With `second_factor_required`: the factors that the user has.',
      }),
    ),
    expires_in: Type.Optional(
      Type.Integer({
        description: 'With `second_factor_required`: for how many seconds `flow` is good.',
      }),
    ),
    remember_for: Type.Optional(
      Type.Integer({
        description:
          'With `second_factor_required` and `second_factor_enrolment_required`: for how many seconds the device can be ' +
          'remembered (`remember`); 0: not at all.',
      }),
    ),
    tries_left: Type.Optional(
      Type.Integer({
        description: 'With `invalid_code`: how often another one may be sent.',
      }),
    ),
    reason: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], {
        description:
          'With `invalid_passkey`: why, for programs: `expired`, `used`, `other_request`, `wrong_origin`, `wrong_site`, ' +
          '`not_present`, `not_verified`, `wrong_signature`, `unsupported`, `unknown`, `changed`, `counter_regressed`, ' +
          '`already_added` or `malformed`. With `invalid_fields`: what is wrong with the member of that name.',
      }),
    ),
    signal_unknown: Type.Optional(
      Type.Boolean({
        description:
          'With `invalid_passkey`: the passkey is gone for good, and a page may tell the browser so.',
      }),
    ),
    current: Type.Optional(
      Type.Unknown({
        description: 'With `version_conflict`: the current value, as a GET answers it.',
      }),
    ),
  },
  {
    title: 'Problem',
    description:
      'Every error (RFC 9457). Each bad field has a member by its name: a list of messages.',
    additionalProperties: true,
  },
);
