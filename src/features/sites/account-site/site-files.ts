import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type Content, createContent } from '../../../http/content.ts';

/** The files that every page loads. Their names change with what is in them, so browsers keep them for good. */
export interface SiteFiles {
  /** The names of the style sheet and of the scripts, as pages ask for them. */
  readonly names: { readonly styles: string; readonly scripts: readonly string[] };
  /** A file by its name; undefined if there is none. */
  find(name: string): Content | undefined;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** Files whose names change with their bytes. */
export const keptForGood = 'public, max-age=31536000, immutable';

export function createSiteFiles(): SiteFiles {
  const contents = new Map<string, Content>();

  /** Beside this file in the sources, and in the built program as well. */
  function add(fileName: string): string {
    const bytes = readFileSync(new URL(`./assets/${fileName}`, import.meta.url));
    const type = extname(fileName);
    const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 12);
    const name = `${fileName.slice(0, -type.length)}-${hash}${type}`;
    const content = createContent({
      type: types[type] as string,
      caching: keptForGood,
      headers: { 'cross-origin-resource-policy': 'same-origin' },
      load: async () => bytes,
    });
    contents.set(name, content);
    return name;
  }

  const scripts = [add('account.js'), add('passkeys.js')];
  const names = { styles: add('account.css'), scripts };
  return { names, find: (name) => contents.get(name) };
}
