import { expect, test } from 'vitest';
import { describeCommands } from '../src/cli/describe-commands.ts';
import { createProgram } from '../src/cli/run.ts';
import { configOptions } from '../src/config/config-options.ts';
import { endCauseTable, errorTable } from '../src/errors/index.ts';
import { auditKind, auditKindNames } from '../src/features/platform/audit/index.ts';
import { registry } from '../src/settings/registry.ts';
import { description } from './description/description.ts';
import { replacedIn, replacedWords } from './replaced-words.ts';

/** The words of the API description: its summaries and descriptions. Examples are left out. */
function wordsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) => {
    if (typeof value === 'string') return /^(?:summary|description)$/.test(name) ? [value] : [];
    return /^examples?$/.test(name) ? [] : wordsOf(value);
  });
}

/** What users read, without code in backquotes. The reference is made from it. */
const texts: Record<string, unknown> = {
  'API description': wordsOf(description),
  errors: errorTable,
  'ended sessions': endCauseTable,
  settings: registry,
  configuration: configOptions,
  'audit events': auditKindNames.map((name) => ({ name, ...auditKind(name) })),
  commands: describeCommands(createProgram()),
};

function sentencesOf(value: unknown): string[] {
  if (typeof value === 'string') return value.includes(' ') ? [value.replace(/`[^`]*`/g, '_')] : [];
  return value && typeof value === 'object' ? Object.values(value).flatMap(sentencesOf) : [];
}

test.each(Object.entries(texts))(
  'no text of the %s has a word that was replaced',
  (_name, value) => {
    expect(sentencesOf(value).flatMap((text) => replacedIn(text, replacedWords))).toEqual([]);
  },
);
