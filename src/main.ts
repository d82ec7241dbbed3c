#!/usr/bin/env node

/** As in `engines` of package.json. */
const oldestNode = 24;

// Whoever reads our output may stop early (`| head`); that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  process.stderr.write(`Latchkey needs Node ${oldestNode} or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  // Loaded only now: an older Node would stop at what it does not have, and say nothing useful.
  const { run } = await import('./cli/run.ts');
  process.exitCode = await run(process.argv.slice(2));
}
