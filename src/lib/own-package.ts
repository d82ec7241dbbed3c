import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether the program runs from its sources, and not as it was built into one folder. */
export const isSource = import.meta.url.endsWith('.ts');

const root = join(import.meta.dirname, isSource ? '../..' : '..');

/** Whether this is a checkout of the sources, where programs are started through npm. */
export const isCheckout = existsSync(join(root, 'src'));

export interface PackageInfo {
  readonly version: string;
  readonly engines: { readonly node: string };
}

/** What this release says of itself. */
export function packageInfo(): PackageInfo {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/** The OpenAPI description of this release, which `npm run generate` writes. */
export const openapiPath = join(root, 'openapi.json');

/** The admin site, built. */
export const adminSitePath = join(root, 'dist/admin');
