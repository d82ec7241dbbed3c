import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, UsageError } from '../terminal/command-error.ts';

/** In a source checkout; what is installed from the registry has no sources. */
const sourceFolder = fileURLToPath(new URL('../db/migrations', import.meta.url));

const skeleton = `import type { Kysely } from 'kysely';

/** What it changes, and what for. Forward only, for both engines; never edited once released. */
export async function up(_db: Kysely<unknown>): Promise<void> {}
`;

/**
 * Writes the next migration, empty, and its line in the list.
 *
 * @param name what it does, in lower case with hyphens
 * @returns the path of the file
 * @throws UsageError for another kind of name, CommandError if there are no sources
 */
export function writeMigration(name: string, folder = sourceFolder): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60) {
    throw new UsageError(
      `"${name}" cannot name a migration. Use lower case, digits and hyphens, such as add-roles.`,
    );
  }
  const listPath = join(folder, 'index.ts');
  if (!existsSync(listPath)) {
    throw new CommandError(
      'This is an installed release, and migrations are part of its source. Run it in a checkout: ' +
        `npm run latchkey -- migrate new ${name}`,
    );
  }
  const list = readFileSync(listPath, 'utf8');
  const numbers = [...list.matchAll(/'(\d{4})-([a-z0-9-]+)':/g)];
  if (numbers.some(([, , known]) => known === name)) {
    throw new UsageError(`There is a migration named ${name} already. Choose another name.`);
  }
  const last = Math.max(0, ...numbers.map(([, number]) => Number(number)));
  const fileName = `${String(last + 1).padStart(4, '0')}-${name}`;
  const path = join(folder, `${fileName}.ts`);
  const longer = withEntry(list, fileName);
  writeFileSync(path, skeleton, { flag: 'wx' });
  writeFileSync(listPath, longer);
  return relative(process.cwd(), path);
}

/** The text of the list with one more migration in it. */
function withEntry(list: string, fileName: string): string {
  const constant = fileName
    .slice(5)
    .replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
  // A word of the language, or taken: with its number it is neither.
  const isFree = fileName.includes('-', 5) && !new RegExp(`\\b${constant}\\b`).test(list);
  const identifier = isFree ? constant : `${constant}${fileName.slice(0, 4)}`;
  const lastImport = list.lastIndexOf('\nimport ');
  const lineEnd = list.indexOf('\n', lastImport + 1);
  const end = list.lastIndexOf('\n};');
  if (lastImport < 0 || end < lineEnd) {
    throw new CommandError(
      'src/db/migrations/index.ts does not look as it did. Add the line by hand.',
    );
  }
  return (
    `${list.slice(0, lineEnd)}\nimport * as ${identifier} from './${fileName}.ts';` +
    `${list.slice(lineEnd, end)}\n  '${fileName}': ${identifier},${list.slice(end)}`
  );
}
