import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { openapiPath } from '../../lib/own-package.ts';
import { terminal } from '../../terminal/terminal.ts';
import { examples } from '../examples.ts';

export function addOpenapiCommand(program: Command): void {
  program
    .command('openapi')
    .description('Print the OpenAPI description of the HTTP API. Needs no database.')
    .addHelpText('after', examples('latchkey openapi > openapi.json'))
    .action(() => {
      terminal().stdout.write(readFileSync(openapiPath));
    });
}
