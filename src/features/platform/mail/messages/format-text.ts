import { IntlMessageFormat } from 'intl-messageformat';
import { englishText, type TextName } from './mail-texts.ts';

/** Texts in ICU message format: how they are filled in, and which an operator's text may be. Loaded only where needed. */

export type TextValues = Readonly<Record<string, string | number>>;

/** @throws Error if the text is none, or wants what there is not */
export function formatText(text: string, locale: string, values: TextValues): string {
  return String(messageOf(text, locale).format(values));
}

/** Texts as they were parsed, by language and text: parsing one takes far longer than filling it in. */
const parsed = new Map<string, IntlMessageFormat>();

/** More than there are of ours; those of operators that are tried out must not pile up. */
const maxParsed = 1_000;

function messageOf(text: string, locale: string): IntlMessageFormat {
  const key = `${locale}\n${text}`;
  let message = parsed.get(key);
  if (!message) {
    // A `<` is one: texts have no markup.
    message = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true });
    if (parsed.size >= maxParsed) parsed.clear();
    parsed.set(key, message);
  }
  return message;
}

/** So long a text may be, in characters: no line of a mail needs more. */
const maxTextLength = 1_000;
/** A subject is one line of a list. */
const maxSubjectLength = 150;

/** What every text may have, whether or not ours has. */
const everywhere: readonly string[] = ['site'];

/** The placeholders of a text. */
interface Placeholders {
  /** Those that it may have. */
  readonly allowed: readonly string[];
  /** Those that it has to have. */
  readonly required: readonly string[];
}

export function placeholdersOf(name: TextName): Placeholders {
  const own = placeholdersIn(englishText(name), 'en');
  return {
    allowed: [...new Set([...own, ...everywhere])].sort(),
    required: [...own].filter((placeholder) => !everywhere.includes(placeholder)).sort(),
  };
}

/** What is wrong with a text that is to stand for one of ours; undefined: nothing. */
export function textProblem(name: TextName, text: string, locale: string): string | undefined {
  const most = name.endsWith('.subject') ? maxSubjectLength : maxTextLength;
  if (text.trim() === '') return 'It is empty.';
  if (text.length > most) return `It has ${text.length} characters; ${most} are possible.`;
  if (/\p{Cc}/u.test(text)) return 'It has a line break or another control character.';
  if (!text.isWellFormed()) return 'It is not valid Unicode.';
  try {
    return placeholderProblem(name, placeholdersIn(text, locale)) ?? sampleProblem(text, locale);
  } catch (error) {
    return `It is not a valid ICU message: ${wordsOf(error)}.`;
  }
}

function placeholderProblem(name: TextName, found: ReadonlySet<string>): string | undefined {
  const { allowed, required } = placeholdersOf(name);
  const inBraces = (names: readonly string[]) => names.map((one) => `{${one}}`).join(', ');
  const unknown = [...found].filter((placeholder) => !allowed.includes(placeholder));
  if (unknown.length > 0) {
    return `It has ${inBraces(unknown)}, which there is not; possible: ${inBraces(allowed)}.`;
  }
  const missing = required.filter((placeholder) => !found.has(placeholder));
  return missing.length > 0 ? `It lacks ${inBraces(missing)}.` : undefined;
}

/** What a text is tried with. */
const samples: readonly TextValues[] = [
  { site: 'auth.example.com', count: 1, unit: 'minutes' },
  { site: 'auth.example.com', count: 5, unit: 'hours' },
];

/** Finds what only shows when a text is filled in: a text taken for a date, above all. */
function sampleProblem(text: string, locale: string): string | undefined {
  for (const values of samples) {
    const all = new Proxy(values, {
      get: (known, key: string) => known[key] ?? 'x',
      has: () => true,
    });
    if (formatText(text, locale, all).trim() === '') return 'It is empty once it is filled in.';
  }
  return undefined;
}

/** A part of a message, as far as its placeholders go. */
interface Part {
  /** 0: text; 7: the number of a plural. */
  readonly type: number;
  readonly value?: unknown;
  readonly options?: Readonly<Record<string, { readonly value: readonly Part[] }>>;
}

function placeholdersIn(text: string, locale: string): ReadonlySet<string> {
  const found = new Set<string>();
  const collect = (parts: readonly Part[]) => {
    for (const { type, value, options = {} } of parts) {
      if (type !== 0 && typeof value === 'string') found.add(value);
      for (const option of Object.values(options)) collect(option.value);
    }
  };
  collect(messageOf(text, locale).getAst() as readonly Part[]);
  return found;
}

interface ParseError extends Error {
  readonly location?: { readonly start: { readonly offset: number } };
}

/** `EXPECT_ARGUMENT_CLOSING_BRACE` as words, and where it is. */
function wordsOf(thrown: unknown): string {
  const { message, location } = thrown as ParseError;
  const words = /^[A-Z_]+$/.test(message) ? message.toLowerCase().replaceAll('_', ' ') : message;
  return location ? `${words}, at character ${location.start.offset + 1}` : words;
}
