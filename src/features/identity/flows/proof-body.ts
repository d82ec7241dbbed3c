import { Type } from 'typebox';
import {
  type BodyField,
  type BodyFields,
  type BodyValues,
  declareBody,
  described,
  type OptionalField,
  optional,
} from '../../../contract/declare-body.ts';
import { type Body, bodyObject, textMember } from '../../../contract/fields.ts';
import { existingSecret } from '../../../contract/text-fields.ts';
import { AppError } from '../../../errors/index.ts';
import { tokenField } from '../link-tokens/index.ts';
import { codeDigits } from './flow-codes.ts';
import type { Proof } from './prove-flow.ts';

/** The bodies that end a flow: `flow` and `code`, or the `token` of a link, or `token` and `code`. */

const flowField = existingSecret({
  description: 'The `flow` of the answer that began the flow.',
  examples: ['a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k'],
});
const linkField = described(tokenField, {
  description: 'The token of a link, instead of `flow` and `code`.',
});
/** Its errors are not messages of a field, because the member `code` of a problem document is the code of the error. */
export const codeField: BodyField<string> = {
  schema: Type.String({ description: 'The code in the mail.', examples: ['123456'] }),
  read: (body) => ({ value: readCode(body) }),
};

const codeForm = new RegExp(`^\\d{${codeDigits}}$`);

/**
 * The code of a body, as people copy it: `123 456`. A text that is not a code does not count as a try.
 *
 * @throws AppError `invalid_code`
 */
export function readCode(body: Body): string {
  const code = textMember(body, 'code')?.replaceAll(/[\s-]/g, '') ?? '';
  if (codeForm.test(code)) return code;
  throw new AppError('invalid_code', { detail: `A code has ${codeDigits} digits.` });
}

/**
 * Declares a body that ends a flow, with other fields.
 *
 * @returns `read` throws AppError `invalid_fields`, `invalid_body`, `invalid_code` if it is not a code
 */
export function declareProofBody<const Others extends BodyFields>(
  others: Others,
  options: { readonly title: string },
) {
  const proofFields = {
    flow: optional(flowField),
    code: optional(codeField),
    token: optional(linkField),
  };
  const { schema } = declareBody({ ...proofFields, ...others }, options);
  const link = declareBody({ token: optional(linkField) });
  const rest = declareBody(others);
  // The errors of the other fields are told together with those of the proof.
  const withToken = declareBody<{ token: BodyField<string> }>({ token: linkField, ...others });
  const withFlow = declareBody<{ flow: BodyField<string> }>({ flow: flowField, ...others });

  function readProof(body: Body): Proof {
    const hasToken = link.check(body).values.token !== undefined;
    if (!hasToken) {
      const { flow } = withFlow.read(body);
      return { flow, code: readCode(body) };
    }
    const { token } = withToken.read(body);
    return Object.hasOwn(bodyObject(body), 'code') ? { token, code: readCode(body) } : { token };
  }

  return {
    schema,
    read(body: Body): { proof: Proof; values: BodyValues<Others> } {
      const proof = readProof(body);
      return { proof, values: rest.read(body) };
    },
    /**
     * Reads the body of a user who is signed in. The code is enough: the flow of the mail that is sent after a
     * registration is told to nobody.
     */
    readOwn(body: Body, userId: number): Proof {
      const members = bodyObject(body);
      const namesFlow = ['flow', 'token'].some((name) => Object.hasOwn(members, name));
      return namesFlow ? readProof(body) : { userId, code: readCode(body) };
    },
  };
}

/**
 * Declares a body that ends a flow by its code, where a link is not enough.
 *
 * @param others more fields, which the caller reads
 * @returns `read` throws AppError `invalid_fields`, `invalid_body`, `invalid_code` if it is not a code
 */
export function declareCodeBody(
  options: { readonly title: string },
  others: Readonly<Record<string, OptionalField<unknown>>> = {},
) {
  const { schema } = declareBody({ flow: flowField, code: codeField, ...others }, options);
  const flowBody = declareBody({ flow: flowField });
  return {
    schema,
    read(body: Body): Proof {
      const { flow } = flowBody.read(body);
      return { flow, code: readCode(body) };
    },
  };
}
