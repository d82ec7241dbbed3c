import type { Command } from 'commander';
import { examples } from './examples.ts';

export function addOpenapiCommand(program: Command): void {
  program
    .command('openapi')
    .description('Print the OpenAPI description of the HTTP API. Needs no database.')
    .addHelpText('after', examples('latchkey openapi > openapi.json'))
    .action(async () => {
      const { describeApi } = await import('./describe-api.ts'); // loads all of the server
      process.stdout.write(await describeApi());
    });
}
