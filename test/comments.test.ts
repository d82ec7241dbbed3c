import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commentsOf } from './read-comments.ts';
import { replacedIn, replacedInComments } from './replaced-words.ts';

/** The folders whose comments and test names are checked. Others follow. */
const checkedFolders = [
  ...['lib', 'contract', 'db', 'settings', 'terminal', 'config', 'workspace', 'server', 'cli'].map(
    (name) => `src/${name}`,
  ),
  'src/http',
  'src/features/identity/roles',
  'src/features/platform/audit',
  'src/features/administration/user-import',
  'test/contract',
  'test/faults',
];

test.each(checkedFolders)('no comment in %s has a turn of phrase that was replaced', (folder) => {
  const root = new URL(`../${folder}/`, import.meta.url);
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const found = paths
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) =>
      commentsOf(readFileSync(new URL(path, root), 'utf8')).flatMap((text) =>
        replacedIn(text, replacedInComments).map((fault) => `${path}: ${fault}`),
      ),
    );
  expect(found).toEqual([]);
});
