import { type Body, bodyObject } from './fields.ts';

/** A boolean of a body that was read; the messages where it is none; neither where it is absent. */
export interface ReadFlag {
  readonly value?: boolean;
  readonly errors?: string[];
}

/**
 * Reads a boolean of a body, if it is there.
 *
 * @throws AppError `invalid_body` where the body is no object
 */
export function readFlag(body: Body, name: string): ReadFlag {
  const members = bodyObject(body);
  if (!Object.hasOwn(members, name)) return {};
  const value = members[name];
  return typeof value === 'boolean' ? { value } : { errors: ['Must be true or false.'] };
}
