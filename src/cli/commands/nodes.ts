import type { Command } from 'commander';
import type { ConfigFlags } from '../../config/config.ts';
import { jsonOption, moment, note, printJson, printTable } from '../../terminal/output.ts';
import { examples } from '../examples.ts';

interface NodesFlags extends ConfigFlags {
  readonly json?: boolean;
}

export function addNodesCommand(program: Command): void {
  program
    .command('nodes')
    .description('List the server processes of the database, including those that died recently.')
    .option(...jsonOption)
    .addHelpText(
      'after',
      '\nA node that stopped is not listed. One that died is listed for an hour. SETTINGS: for how\n' +
        'long a changed setting has not reached the node. LEADS: the background work that it does\n' +
        'for all nodes.\n' +
        examples('latchkey nodes'),
    )
    .action((_options: unknown, self: Command) => list(self.optsWithGlobals<NodesFlags>()));
}

async function list(flags: NodesFlags): Promise<void> {
  const [{ withWorkspace }, { listNodes, nodeJson }] = await Promise.all([
    import('../../workspace/workspace.ts'),
    import('../../features/platform/nodes/index.ts'),
  ]);
  const nodes = await withWorkspace(flags, ({ database }) => listNodes(database));
  if (flags.json) return printJson(nodes.map(nodeJson));
  if (nodes.length === 0) {
    note('No server runs.');
    return;
  }
  printTable(
    ['NODE', 'HOST', 'PID', 'WORKER', 'VERSION', 'SINCE', 'STATE', 'SETTINGS', 'LEADS'],
    nodes.map((node) => [
      node.id,
      node.host,
      node.pid,
      node.worker ?? '-',
      node.version,
      moment(node.startedAtMs),
      node.isAlive ? 'alive' : `dead, last seen ${moment(node.seenAtMs)}`,
      node.settingsLagMs === 0 ? 'in force' : `${node.settingsLagMs} ms behind`,
      node.leads.join(', ') || '-',
    ]),
  );
}
