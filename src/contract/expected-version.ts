import { Type } from 'typebox';
import { AppError } from '../errors/index.ts';
import { type BodyField, optional } from './declare-body.ts';
import { textMember } from './fields.ts';
import { memberOf } from './value-fields.ts';

/**
 * `expected_version`: a client that changes something sends the version that it knows, so that it does not overwrite
 * what somebody else has changed meanwhile.
 */

const versionField: BodyField<number> = {
  schema: Type.Integer({
    minimum: 0,
    maximum: 999_999_999_999_999,
    description:
      'The `version` that you know. If the version is another one by now, nothing is changed, and the answer is ' +
      '409 with the current value. Absent: any version.',
    examples: [3],
  }),
  read(body, name) {
    if (memberOf(body, name) === null) return { errors: ['This field may not be null.'] };
    const text = textMember(body, name) ?? '';
    return /^(?:0|[1-9]\d{0,14})$/.test(text)
      ? { value: Number(text) }
      : { errors: ['A valid integer is required.'] };
  },
};

/** The `expected_version` of a body. */
export const expectedVersion = optional(versionField);

/**
 * Refuses a change of something that was changed meanwhile. To be called in the transaction that makes the change.
 *
 * @param expected undefined: any version
 * @throws AppError `version_conflict`
 */
export function requireVersion(
  { version }: { readonly version: number },
  expected: number | undefined,
): void {
  if (expected === undefined || expected === version) return;
  throw new AppError('version_conflict', {
    detail: `It was changed meanwhile: its version is ${version}, not ${expected}.`,
  });
}

/**
 * Waits for a change. If it met another version, the refusal carries the current value as `current`.
 *
 * @param readCurrent reads what a GET would answer now
 * @throws AppError `version_conflict`, and what the change throws
 */
export async function orCurrent<T>(
  change: Promise<T>,
  readCurrent: () => Promise<unknown>,
): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'version_conflict')) throw error;
    throw new AppError('version_conflict', {
      ...error.options,
      members: { current: await readCurrent() },
    });
  }
}
