#!/usr/bin/env node

import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/** As in `engines` of package.json. */
const oldestNode = 24;

// Where nobody reads on (`latchkey users list | head`), a command goes on. Where the output cannot be
// written (`> /dev/full`), it has failed, and there may be no place left to say so.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    if (stream === process.stdout) {
      process.stderr.write(`Cannot write to standard output: ${error.message}\n`);
    }
    process.exit(1);
  });
}

if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  process.stderr.write(`Latchkey needs Node ${oldestNode} or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  // A request's objects are short-lived, but V8 learns from the start, whose objects are not, to make
  // some of them as long-lived ones; they then keep all that they refer to. See docs/decisions/memory.md.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // What V8 makes of the modules is kept: the next start takes half the time and less memory. Beside
  // the program, where nobody writes who could not change the program itself.
  const cache = fileURLToPath(new URL('../node_modules/.cache/latchkey', import.meta.url));
  process.env.NODE_COMPILE_CACHE ??= cache; // threads look there
  // Loaded only now: an older Node stops at a name that it does not have, before it runs anything.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const { run } = await import('./cli/run.ts');
  const { programName } = await import('./terminal/own-program.ts');
  process.exitCode = await run(process.argv.slice(2), process, programName());
}
