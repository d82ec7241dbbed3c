/**
 * `npm run chaos -- --minutes N`: two nodes and a PostgreSQL under load and whatever befalls them, for as
 * long as you like; and a server that is killed between a mail and its reply, `--mail-rounds` times. Status 1 where
 * anything contradicts what the servers promise.
 */
import { parseArgs } from 'node:util';
import { mailReportText, runMailChaos } from './mail-chaos.ts';
import { reportText, runChaos } from './run-chaos.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    'mail-rounds': { type: 'string', default: '50' },
  },
});
const minutes = Number(values.minutes);
const mailRounds = Number(values['mail-rounds']);
if (!(minutes >= 0)) throw new Error('--minutes: give a number, 0 for none.');
if (!(mailRounds >= 0)) throw new Error('--mail-rounds: give a number, 0 for none.');
const say = (text: string) => void process.stderr.write(`${text}\n`);
const mail = await runMailChaos(mailRounds, say);
process.stdout.write(`${mailReportText(mail)}\n`);
process.exitCode = mail.problems.length === 0 ? 0 : 1;
if (minutes === 0) process.exit();
const until = performance.now() + minutes * 60_000;
const report = await runChaos(() => performance.now() > until, say);
process.stdout.write(`${reportText(report)}\n`);
if (report.problems.length > 0) process.exitCode = 1;
