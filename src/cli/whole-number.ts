import { InvalidArgumentError } from 'commander';

/** As many digits as a number keeps. */
const mostDigits = 15;

/**
 * Reads an argument or an option that is a whole number from 1 on.
 *
 * @param most undefined: no limit that a user could reach
 */
export function wholeNumber(most?: number): (text: string) => number {
  const range = most === undefined ? 'from 1 on' : `from 1 to ${most}`;
  return (text) => {
    const value = /^[1-9]\d*$/.test(text) && text.length <= mostDigits ? Number(text) : 0;
    if (value >= 1 && value <= (most ?? value)) return value;
    throw new InvalidArgumentError(`Give a whole number ${range}.`);
  };
}
