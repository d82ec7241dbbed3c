import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { commentsOf } from './read-comments.ts';
import { replacedIn, replacedInComments } from './replaced-words.ts';

/** The folders whose comments and test names are checked. */
const checkedFolders = ['src', 'admin/src', 'sdk/src', 'sdk/test', 'test', 'bench', 'tools'];

test.each(checkedFolders)('no comment in %s has a turn of phrase that was replaced', (folder) => {
  const root = new URL(`../${folder}/`, import.meta.url);
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const found = paths
    .filter((path) => /\.tsx?$/.test(path) && basename(path) !== 'replaced-words.ts')
    .flatMap((path) =>
      commentsOf(readFileSync(new URL(path, root), 'utf8')).flatMap((text) =>
        replacedIn(text, replacedInComments).map((problem) => `${path}: ${problem}`),
      ),
    );
  expect(found).toEqual([]);
});
