import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Tests that start the program start it as users do: built. */
export default function setup(): void {
  const build = fileURLToPath(new URL('../tools/build.ts', import.meta.url));
  execFileSync(process.execPath, [build, '--if-stale'], { stdio: 'inherit' });
}
