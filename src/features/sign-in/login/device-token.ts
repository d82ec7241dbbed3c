import { Type } from 'typebox';
import { type BodyField, optional } from '../../../contract/declare-body.ts';
import { textMember } from '../../../contract/fields.ts';
import { memberOf } from '../../../contract/value-fields.ts';

/** Fields of remembered devices. What is not readable in them keeps nobody from signing in. */

const deviceToken: BodyField<string | undefined> = {
  schema: Type.String({
    description:
      'The `device_token` that a remembered device was given: the second factor is not asked for there.',
    examples: ['a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k'],
  }),
  read: (body, name) => ({ value: textMember(body, name) }),
};

export const deviceTokenField = optional(deviceToken);

/** Checkboxes send `on`. */
const yes: readonly unknown[] = [true, 'true', 'on'];

const remember: BodyField<boolean> = {
  schema: Type.Boolean({
    description:
      'Whether the device is remembered, for `TRUSTED_DEVICE_LIFETIME`: the answer has a `device_token` for it.',
    examples: [false],
  }),
  read: (body, name) => ({ value: yes.includes(memberOf(body, name)) }),
};

export const rememberField = optional(remember);

/** Of an answer. */
export const newDeviceTokenSchema = Type.Optional(
  Type.String({
    description:
      'Only with `remember`. Send it at the next sign-in on this device: the second factor is not asked for.',
    examples: ['a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k'],
  }),
);
