import { readFileSync, statSync } from 'node:fs';
import { languageTag } from '../lib/languages.ts';
import { configLabel } from './config-options.ts';

/** The texts of mails that an operator adds, by language and name. */
export type GivenMailTexts = Readonly<Record<string, Readonly<Record<string, string>>>>;

const maxBytes = 1024 * 1024;

/**
 * Reads the file of texts, whose form is `{"fr": {"password_reset.subject": "…"}}`; adds what is wrong with it to the
 * errors. Whether there are such texts, and what they may say, is looked at where mails are made.
 */
export function readMailTextsFile(path: string | undefined, errors: string[]): GivenMailTexts {
  if (path === undefined) return {};
  const refuse = (what: string) => errors.push(`${configLabel('mailTexts')}: ${path}: ${what}`);
  let parsed: unknown;
  try {
    if (statSync(path).size > maxBytes) throw new Error('it is larger than 1 MiB');
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    refuse(`it cannot be read: ${(error as Error).message}.`);
    return {};
  }
  if (!isObject(parsed)) {
    refuse('it has to be an object of languages, such as {"fr": {…}}.');
    return {};
  }
  const texts: Record<string, Record<string, string>> = {};
  for (const [language, given] of Object.entries(parsed)) {
    if (languageTag(language) !== language) {
      refuse(`${JSON.stringify(language)} is not a language, such as fr or pt-BR.`);
    } else if (!isObject(given)) {
      refuse(
        `${language}: it has to be an object of texts, such as {"password_reset.subject": "…"}.`,
      );
    } else {
      const entries = Object.entries(given);
      for (const [name, text] of entries) {
        if (typeof text !== 'string') refuse(`${language}, ${name}: it has to be a text.`);
      }
      texts[language] = Object.fromEntries(
        entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      );
    }
  }
  return texts;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
