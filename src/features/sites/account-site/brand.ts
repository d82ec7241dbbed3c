import { createHash } from 'node:crypto';
import { type Content, createContent } from '../../../http/content.ts';
import type { PublicUrlConfig } from '../../../http/public-url.ts';
import type { Settings } from '../../../settings/settings.ts';
import { colorNames, colorsOf, type Theme } from '../../../settings/site-colors.ts';
import { keptForGood } from './site-files.ts';

/** What the operator has made of the look of the site. */
export interface Brand {
  /** What the site is called; `''`: nobody knows. */
  readonly name: string;
  /** The name of the file with the logo; undefined: there is none. */
  readonly logo: string | undefined;
  /** The name of the style sheet with the colours; undefined: they are the default. */
  readonly styles: string | undefined;
}

export interface BrandFiles {
  /** The brand as the settings have it now. */
  current(): Brand;
  /**
   * A file of the brand. A name that is out of date stands for what there is now: the page that asks may come from
   * another node.
   */
  find(name: string): Content | undefined;
}

const settingsOfBrand = [
  'SITE_NAME',
  'SITE_LOGO',
  'SITE_COLORS_LIGHT',
  'SITE_COLORS_DARK',
] as const;

const extensions: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
};

interface File {
  readonly name: string;
  readonly content: Content;
}

export function createBrandFiles({
  settings,
  publicUrl,
}: PublicUrlConfig & { readonly settings: Settings }): BrandFiles {
  const host = publicUrl === undefined ? '' : new URL(publicUrl).host;
  let key: string | undefined;
  let brand: Brand = { name: host, logo: undefined, styles: undefined };
  let files: readonly File[] = [];

  /** Made again where a setting has changed, which is compared: there are few, and they are short. */
  function current(): Brand {
    const values = settingsOfBrand.map((name) => settings.get(name));
    const [name = '', logo = '', light = '', dark = ''] = values;
    const next = values.join('\n');
    if (next === key) return brand;
    const logoFile = logo === '' ? undefined : logoOf(logo);
    const styleFile = light === '' && dark === '' ? undefined : stylesOf({ light, dark });
    files = [logoFile, styleFile].filter((file) => file !== undefined);
    brand = { name: name || host, logo: logoFile?.name, styles: styleFile?.name };
    key = next;
    return brand;
  }

  return {
    current,
    find(name) {
      current();
      const kind = name.split('-', 1)[0];
      return files.find((file) => file.name.startsWith(`${kind}-`))?.content;
    },
  };
}

function fileOf(kind: string, extension: string, type: string, bytes: Buffer): File {
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 12);
  const content = createContent({
    ...{ type, caching: keptForGood },
    headers: {
      'cross-origin-resource-policy': 'same-origin',
      // A picture may be SVG, which has scripts where it is opened by itself.
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    },
    load: async () => bytes,
  });
  return { name: `${kind}-${hash}.${extension}`, content };
}

/** @param url as the setting has it: a `data:` URL that was checked */
function logoOf(url: string): File | undefined {
  const [, type = '', base64 = ''] = /^data:([^;]*);base64,(.*)$/.exec(url) ?? [];
  const extension = extensions[type];
  return extension === undefined
    ? undefined
    : fileOf('logo', extension, type, Buffer.from(base64, 'base64'));
}

function stylesOf(changed: Readonly<Record<Theme, string>>): File {
  const light = propertiesOf('light', changed.light);
  const dark = propertiesOf('dark', changed.dark);
  // The dark ones again, all of them: a light one that was changed would come after them.
  const css = `:root{${light}}@media (prefers-color-scheme:dark){:root{${dark}}}\n`;
  return fileOf('colors', 'css', 'text/css; charset=utf-8', Buffer.from(css));
}

function propertiesOf(theme: Theme, changed: string): string {
  const colors = colorsOf(theme, changed);
  return colorNames.map((name) => `--${name}:${colors[name]}`).join(';');
}
