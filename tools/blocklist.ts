import { readFileSync } from 'node:fs';
import { dictionary } from '@zxcvbn-ts/language-common';
import { foldCase } from '../src/lib/text.ts';

/**
 * The list of common passwords that ships with us, from the dictionary of zxcvbn-ts: folded as they
 * are looked up, each on a line of its own, in the order of their bytes, which a binary search needs.
 */
export function blocklistText(): string {
  const words = new Set(dictionary['passwords-common'].map(foldCase));
  const lines = [...words].map((word) => Buffer.from(`${word}\n`)).sort(Buffer.compare);
  return Buffer.concat(lines).toString();
}

/** The licence of that list, which has to go with every copy of it. */
export function blocklistLicence(): string {
  const path = '../node_modules/@zxcvbn-ts/language-common/LICENSE.txt';
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
