import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type Content, createContent } from '../../../http/content.ts';
import { adminSitePath } from '../../../lib/own-package.ts';

/** The admin site as `npm run build` leaves it: one page, and the files that it loads. */

export interface SiteFiles {
  /** The page, with `noncePlaceholder` where the nonce of an answer belongs; undefined: not built. */
  page(): Promise<string | undefined>;
  /** A file that the page loads, by its name; undefined if there is none. */
  asset(name: string): Promise<Content | undefined>;
}

/** As admin/vite.config.ts has it. */
export const noncePlaceholder = '__CSP_NONCE__';

/** The files that the build makes; nothing else is served. */
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The name of a file changes with it. */
const caching = 'public, max-age=31536000, immutable';

export function createSiteFiles(): SiteFiles {
  const folder = join(adminSitePath, 'assets');
  let page: Promise<string> | undefined;
  let assets: Promise<ReadonlyMap<string, Content>> | undefined;

  return {
    async page() {
      page ??= readFile(join(adminSitePath, 'index.html'), 'utf8');
      return orMissing(page, () => {
        page = undefined;
      });
    },
    async asset(name) {
      assets ??= readdir(folder).then(
        (names) =>
          new Map(names.filter((one) => extname(one) in types).map((one) => [one, contentOf(one)])),
      );
      const known = await orMissing(assets, () => {
        assets = undefined;
      });
      return known?.get(name);
    },
  };

  function contentOf(name: string): Content {
    const path = join(folder, name);
    return createContent({
      type: types[extname(name)] as string,
      caching,
      headers: { 'cross-origin-resource-policy': 'same-origin' },
      load: () => readFile(path),
      loadCompressed: (coding) => readFile(`${path}.${coding === 'br' ? 'br' : 'gz'}`),
    });
  }
}

/** Undefined if it is not there (yet). Then it is looked for again. */
async function orMissing<Read>(read: Promise<Read>, again: () => void): Promise<Read | undefined> {
  try {
    return await read;
  } catch (error) {
    again();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
