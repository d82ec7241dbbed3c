import { InvalidArgumentError } from 'commander';

/** An option that takes a number above 0. */
export function number(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It takes a number above 0.');
}
