import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/run.ts';
import { endCauseTable, errorTable } from '../../src/errors/index.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { settingNames } from '../../src/settings/registry.ts';
import { codeSnippets, readDocument, readDocuments, root } from './documents.ts';

const documents = readDocuments();
const variable = /\bLATCHKEY_[A-Z][A-Z_]*[A-Z]\b/g;
const readPackage = (folder: string) => JSON.parse(readDocument(`${folder}/package.json`).text);
const packageJson = readPackage('.');

/** What a look at each document finds, with the document's name. */
function problems(find: (text: string, path: string) => string[]): string[] {
  return documents.flatMap(({ text, path }) =>
    find(text, path).map((problem) => `${path}: ${problem}`),
  );
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, '').replace(/`[^`]*`/g, '');
}

/** The anchors that a Markdown page gives its headings. */
function anchors(path: string): string[] {
  const { text } = readDocument(path);
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('every relative link leads somewhere', () => {
  const broken = problems((text, path) =>
    [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const found = file === '' ? path : join(dirname(path), file);
        if (!existsSync(join(root, found))) return true;
        return anchor !== undefined && !anchors(found).includes(anchor);
      }),
  );
  expect(broken).toEqual([]);
});

test('every file of the repository that is named exists', () => {
  const missing = problems((text) =>
    codeSnippets(text)
      .filter((snippet) => /^(?:src|test|tools|bench|admin|sdk|docs)\/[\w./-]+$/.test(snippet))
      .filter((path) => !existsSync(join(root, path)) && path !== 'src/features/group/x'),
  );
  expect(missing).toEqual([]);
});

/** A command line of ours, as documents write it: alone, behind `npx`, inside a container. */
const ownCommand =
  /^(?:\$ )?(?:npx |npm run (?:-s )?|docker exec (?:-it )?latchkey |.*\/env |.*\b[A-Z_]+=\S+ )?latchkey(?: --)? +(.*)$/;

/** The first word of a command line that the program does not know; undefined: it knows all. */
function unknownWord(program: Command, line: string): string | undefined {
  const known = [program];
  for (const word of line.split(' ')) {
    const [command] = known as [Command];
    if (word === '--') continue;
    if (word.startsWith('--')) {
      const flag = word.split('=', 1)[0];
      const isKnown = known.some((each) => each.options.some((option) => option.long === flag));
      if (!isKnown && flag !== '--help') return word;
    } else if (command.commands.length > 0 && /^[a-z]/.test(word)) {
      const next = command.commands.find((each) => each.name() === word);
      if (next) known.unshift(next);
      else if (known.length === 1 || command.registeredArguments.length === 0) return word;
    }
  }
  return undefined;
}

test('every command and flag that is named exists', () => {
  const program = createProgram();
  const unknown = problems((text) =>
    codeSnippets(text).flatMap((snippet) => {
      const line = ownCommand.exec(snippet)?.[1];
      const word = line && unknownWord(program, line);
      return word ? [`${snippet} (${word})`] : [];
    }),
  );
  expect(unknown).toEqual([]);
});

test('every script of npm that is named exists', () => {
  const unknown = problems((text) =>
    codeSnippets(text)
      .flatMap((snippet) => [...snippet.matchAll(/\bnpm (?:run (?:-s )?([\w-]+)|(start|test))\b/g)])
      .map(([, script, short]) => script ?? short ?? '')
      .filter((script) => !(script in packageJson.scripts)),
  );
  expect(unknown).toEqual([]);
});

test('every environment variable that is named exists', () => {
  const sources = globSync('src/{cli,config,server}/**/*.ts', { cwd: root }).map(
    (path) => readDocument(path).text,
  );
  const known = new Set([
    ...sources.flatMap((text) => text.match(variable) ?? []),
    ...settingNames.map((name) => `LATCHKEY_${name}`),
  ]);
  const unknown = [...documents, readDocument('Dockerfile')].flatMap(({ text, path }) =>
    (text.match(variable) ?? []).filter((name) => !known.has(name)).map((name) => [path, name]),
  );
  expect(unknown).toEqual([]);
});

test('every metric that is named exists', async () => {
  const { registry } = createMetrics();
  const names = new Set(registry.getMetricsAsArray().map((metric) => metric.name));
  const unknown = problems((text) =>
    codeSnippets(text)
      .flatMap((snippet) => [...snippet.matchAll(/\blatchkey_[a-z0-9_]+/g)].flat())
      .filter((name) => !names.has(name)),
  );
  expect(unknown).toEqual([]);
});

test('the guide to errors names no code that does not exist', () => {
  const members = ['request_id', 'failed_checks', 'non_field_errors'];
  const known = new Set([...Object.keys(errorTable), ...Object.keys(endCauseTable), ...members]);
  const named = codeSnippets(readDocument('docs/guide/errors.md').text).filter((snippet) =>
    /^[a-z]+(_[a-z]+)+$/.test(snippet),
  );
  expect(named.filter((code) => !known.has(code))).toEqual([]);
});

test('each dependency has its line, and no other has one', () => {
  const { text } = readDocument('docs/decisions/dependencies.md');
  const listed = [...text.matchAll(/^\| (`.*?`) +\|/gm)].flatMap(([, cell = '']) =>
    cell.replaceAll('`', '').split(', '),
  );
  const packages = [packageJson, ...packageJson.workspaces.map(readPackage)];
  const used = packages.flatMap(({ dependencies, devDependencies }) =>
    Object.keys({ ...dependencies, ...devDependencies }),
  );
  expect([...new Set(listed)].sort()).toEqual([...new Set(used)].sort());
});

test('no document names a path of the machine that it was written on', () => {
  const found = problems((text) =>
    [...text.matchAll(/(?<![\w.])\/(?:work|root|tmp)\/\S*/g)].flat(),
  );
  expect(found).toEqual([]);
});
