/**
 * `npm run chaos -- --minutes N`: two nodes and a PostgreSQL under load and whatever befalls them, for as
 * long as you like. Status 1 where anything contradicts what the servers promise.
 */
import { parseArgs } from 'node:util';
import { reportText, runChaos } from './run-chaos.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error('--minutes: give a number above 0.');
const until = performance.now() + minutes * 60_000;
const report = await runChaos(
  () => performance.now() > until,
  (text) => process.stderr.write(`${text}\n`),
);
process.stdout.write(`${reportText(report)}\n`);
process.exitCode = report.faults.length === 0 ? 0 : 1;
