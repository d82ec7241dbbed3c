import { Type } from 'typebox';
import {
  type BodyField,
  type BodyFields,
  type BodyValues,
  declareBody,
  optional,
} from '../../../contract/declare-body.ts';
import { type Body, bodyObject, textMember } from '../../../contract/fields.ts';
import { memberOf } from '../../../contract/value-fields.ts';
import { AppError } from '../../../errors/index.ts';
import type { FactorProof } from './factor-check.ts';
import { credentialField } from './passkeys/passkey-schemas.ts';

/** The members of a body that prove a second factor: exactly one of `code`, `recovery_code` and `credential`. */

const names = ['code', 'recovery_code', 'credential'] as const;
const oneOf = 'Send one of code, recovery_code and credential.';
const badCode = 'A code has 6 digits.';

/** For the API description; `readFactorProof` reads them. */
const about = {
  code: Type.String({
    description: 'The code that an authenticator app shows. It may have spaces.',
    examples: ['123456'],
  }),
  recovery_code: Type.String({
    description: 'A recovery code. Its letter case and its dashes do not matter.',
    examples: ['1-7K3M-9QXW-2F5D-8ZRT'],
  }),
  credential: credentialField.schema,
};

const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Either the proof, or what is wrong; undefined if the body has none of the members. */
function readMembers(
  body: Body,
): FactorProof | { readonly kind: 'wrong'; readonly message: string } | undefined {
  const members = bodyObject(body);
  const [name, ...others] = names.filter((name) => Object.hasOwn(members, name));
  if (name === undefined) return undefined;
  if (others.length > 0) return { kind: 'wrong', message: oneOf };
  const text = textMember(body, name) ?? '';
  switch (name) {
    case 'code': {
      const code = text.replaceAll(/[\s-]/g, '');
      return /^\d{6}$/.test(code) ? { kind: 'totp', code } : { kind: 'wrong', message: badCode };
    }
    case 'recovery_code':
      return text === ''
        ? { kind: 'wrong', message: oneOf }
        : { kind: 'recovery_code', recoveryCode: text };
    case 'credential': {
      const read = credentialField.read(body, name);
      return 'value' in read
        ? { kind: 'passkey', credential: read.value }
        : { kind: 'wrong', message: oneOf };
    }
  }
}

/** The members as fields of a body in which they may be absent. */
export const factorFields = {
  code: optional(ignored(about.code)),
  recovery_code: optional(ignored(about.recovery_code)),
  credential: optional(ignored(about.credential)),
};

/** A field that `readFactorProof` reads. */
function ignored(schema: BodyField<unknown>['schema']): BodyField<unknown> {
  return { schema, read: (body, name) => ({ value: memberOf(body, name) }) };
}

/**
 * The factor that a body proves; undefined if it has none of the members. A text that is not a code does not count as
 * a try.
 *
 * @throws AppError `invalid_code` if it is not a code, `invalid_body`
 */
export function readFactorProof(body: Body): FactorProof | undefined {
  const proof = readMembers(body);
  if (proof?.kind !== 'wrong') return proof;
  const { message } = proof;
  if (message === badCode) throw new AppError('invalid_code', { detail: message });
  throw new AppError('invalid_body', { members: { non_field_errors: [message] } });
}

/**
 * Declares a body that proves a factor, with other fields.
 *
 * @returns `read` throws AppError `invalid_fields`, `invalid_body`, `invalid_code` if it is not a code
 */
export function declareFactorBody<const Others extends BodyFields>(
  others: Others,
  options: { readonly title: string },
) {
  const { schema } = declareBody({ ...others, ...factorFields }, options);
  const rest = declareBody(others);
  return {
    schema,
    read(body: Body): { readonly factor: FactorProof; readonly values: BodyValues<Others> } {
      const values = rest.read(body);
      const factor = readFactorProof(body);
      if (factor) return { factor, values };
      throw new AppError('invalid_body', { members: { non_field_errors: [oneOf] } });
    },
  };
}

/** A factor as a member of its own, in a body that has another `code`. */
export const secondFactorField: BodyField<FactorProof> = {
  schema: Type.Object(
    {
      code: Type.Optional(about.code),
      recovery_code: Type.Optional(about.recovery_code),
      credential: Type.Optional(about.credential),
    },
    { description: 'A second factor: exactly one of the members.' },
  ),
  read(body, name) {
    const value = memberOf(body, name);
    const proof = isObject(value) ? readMembers({ value }) : undefined;
    if (!proof) return { errors: [oneOf] };
    return proof.kind === 'wrong' ? { errors: [proof.message] } : { value: proof };
  },
};
