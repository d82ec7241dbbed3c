import { readFileSync } from 'node:fs';

export interface PackageInfo {
  readonly version: string;
  readonly engines: { readonly node: string };
}

/** What this release says of itself. `package.json` is two folders up from `src/cli` and `dist/cli`. */
export function packageInfo(): PackageInfo {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
}
