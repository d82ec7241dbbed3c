/**
 * Completes package-lock.json: `npm run lockfile`, after every `npm install`.
 *
 * npm leaves out optional packages (native binaries for other platforms) that the registry in reach
 * does not have, and then `npm ci` refuses the file. A test fails while an entry is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** One entry of `packages`, as far as it matters here. */
interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const systems = 'android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32';
const processors = 'arm|arm64|ia32|loong64|ppc64|riscv64|s390x|x64';
const platform = new RegExp(`-(${systems})-(${processors})(?:-(gnu|musl|msvc|eabi)\\w*)?$`);

/**
 * The entries of the optional packages that another one names and that have none.
 *
 * @throws Error if one of them is not named after its platform, or not in one exact version
 */
export function missingOptional({ packages }: Lockfile): Record<string, object> {
  const missing: Record<string, object> = {};
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const locked = findLocked(packages, path, name);
      if (locked && !isOtherVersion(locked, version)) continue;
      if (locked) {
        throw new Error(
          `${path} wants ${name}@${version}, and the lock file has ${locked.version} in its place. ` +
            'Let one version of it do for all.',
        );
      }
      const [, os, cpu, abi] = platform.exec(name) ?? [];
      if (!os || !/^\d+\.\d+\.\d+$/.test(version)) {
        throw new Error(`${path} wants ${name}@${version}, which the lock file lacks.`);
      }
      missing[`node_modules/${name}`] = {
        version,
        cpu: [cpu],
        ...(dev && { dev }),
        ...(os === 'linux' && cpu !== 'arm' && abi && { libc: [libcOf(abi)] }),
        optional: true,
        os: [os],
      };
    }
  }
  return missing;
}

function libcOf(abi: string): string {
  return abi === 'gnu' ? 'glibc' : abi;
}

/** npm refuses another one than an exact version that is asked for. */
function isOtherVersion({ version }: LockedPackage, wanted: string): boolean {
  return version !== undefined && /^\d+\.\d+\.\d+$/.test(wanted) && version !== wanted;
}

/** Looks where Node would: in the package's own folder, then in each one above it. */
function findLocked(
  packages: Lockfile['packages'],
  path: string,
  name: string,
): LockedPackage | undefined {
  let folder = path;
  while (folder !== '') {
    const locked = packages[`${folder}/node_modules/${name}`];
    if (locked) return locked;
    folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0));
  }
  return packages[`node_modules/${name}`];
}

if (import.meta.main) {
  const file = 'package-lock.json';
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingOptional(lock);
  const packages = Object.entries({ ...lock.packages, ...missing });
  lock.packages = Object.fromEntries(packages.sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${Object.keys(missing).length} entries added to ${file}\n`);
}
