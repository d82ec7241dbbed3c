import { expect, test } from 'vitest';
import { describeCommands } from '../src/cli/describe-commands.ts';
import { createProgram } from '../src/cli/run.ts';
import { configOptions } from '../src/config/config-options.ts';
import { endCauseTable, errorTable } from '../src/errors/index.ts';
import { auditKind, auditKindNames } from '../src/features/platform/audit/index.ts';
import { registry } from '../src/settings/registry.ts';
import { replacedWords } from './replaced-words.ts';

/** What users read, without code in backquotes. The API description and the reference are made from it. */
const texts: Record<string, unknown> = {
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
    const found = sentencesOf(value).flatMap((text) =>
      replacedWords.flatMap(({ words, use }) => {
        const word = words.exec(text)?.[0];
        return word ? [`"${word}" (${use}): ${text}`] : [];
      }),
    );
    expect(found).toEqual([]);
  },
);
