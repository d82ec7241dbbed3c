import { AppError } from '../errors/index.ts';
import { type Body, bodyObject, textMember } from './fields.ts';

/**
 * `expected_version`: whoever changes something says which version of it they know, so that nobody
 * overwrites unseen what somebody else has just done.
 */

/** An `expected_version` that was read; the messages where it is bad; neither where it is absent. */
export interface ReadVersion {
  readonly value?: number;
  readonly errors?: string[];
}

/**
 * Reads the `expected_version` of a body, if it is there.
 *
 * @throws AppError `invalid_body` where the body is no object
 */
export function readExpectedVersion(body: Body): ReadVersion {
  const members = bodyObject(body);
  if (!Object.hasOwn(members, 'expected_version')) return {};
  if (members.expected_version === null) return { errors: ['This field may not be null.'] };
  const text = textMember(body, 'expected_version') ?? '';
  if (!/^(?:0|[1-9]\d{0,14})$/.test(text)) return { errors: ['A valid integer is required.'] };
  return { value: Number(text) };
}

/**
 * Refuses a change of what is not as its author knows it. Asked in the transaction that makes the change.
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
 * @throws AppError `version_conflict`, and whatever the change throws
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
