import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflate } from '@sparticuz/chromium';

/** A real Chromium that `npm ci` brought, packed for Linux. */
export interface Chromium {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

/** For other systems: the path of a Chromium or Chrome that is there. */
const givenPath = process.env.TEST_BROWSER;

/** Unpacks it, once for each version, next to the packages that it came with. */
export async function installChromium(): Promise<Chromium> {
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
  if (givenPath) return { executablePath: givenPath, env };
  const folder = await unpack();
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      ...env,
      // Libraries and fonts that a machine without a desktop may lack.
      LD_LIBRARY_PATH: [join(folder, 'al2023/lib'), env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      FONTCONFIG_FILE: env.FONTCONFIG_FILE ?? join(folder, 'fonts.conf'),
    },
  };
}

/** The fonts of the package and those of the machine, in words of fontconfig. */
function fontConfig(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'font-cache')}</cachedir>
</fontconfig>
`;
}

async function unpack(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const packed = join(dirname(entry), '../bin');
  const { version } = createRequire(import.meta.url)(join(dirname(entry), '../package.json'));
  const cache = fileURLToPath(new URL('../../node_modules/.cache/chromium', import.meta.url));
  const folder = join(cache, version);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(join(cache, 'partial-'));
  const { TMPDIR } = process.env;
  process.env.TMPDIR = partial; // where the package unpacks to
  try {
    const parts = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br'];
    await Promise.all(parts.map((part) => inflate(join(packed, part))));
    // The package's own names folders of the machines that it is made for. Where Chromium finds no
    // font at all it ends, some seconds after its start.
    writeFileSync(join(partial, 'fonts.conf'), fontConfig(folder));
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true });
    if (!existsSync(folder)) throw error; // else another test run was faster
  }
  return folder;
}
