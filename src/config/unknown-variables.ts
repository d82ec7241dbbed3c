import { nearest } from '../lib/nearest.ts';
import { settingNames } from '../settings/registry.ts';
import { terminal } from '../terminal/terminal.ts';
import { configOptions } from './config-options.ts';
import { isOfPlatform } from './platform-variables.ts';

const prefix = 'LATCHKEY_';
const known = [
  ...Object.values(configOptions).map(({ variable }) => variable.slice(prefix.length)),
  ...settingNames,
];

/** A variable of our name that nothing reads: a setting that is not pinned, or a secret that is not used. */
interface UnknownVariable {
  readonly name: string;
  /** The name that was most likely meant. */
  readonly meant: string | undefined;
}

/** The variables that begin with `LATCHKEY_`, are not empty, and are not ours. */
export function unknownVariables(environment = terminal().env): UnknownVariable[] {
  return Object.entries(environment)
    .filter(([name, value]) => name.startsWith(prefix) && value && !isOfPlatform(name, value))
    .map(([name]) => name.slice(prefix.length))
    .filter((rest) => !known.includes(rest))
    .map((rest) => {
      const meant = nearest(rest, known);
      return { name: prefix + rest, meant: meant === undefined ? undefined : prefix + meant };
    });
}

/** The variables of ours that Kubernetes has put the URL of a Service into: they are taken as not given. */
export function platformVariables(environment = terminal().env): string[] {
  return Object.values(configOptions)
    .map(({ variable }) => variable)
    .filter((variable) => isOfPlatform(variable, environment[variable] ?? ''));
}

/** Their names, each with what was meant, with commas between them. */
export function variablesText(variables: readonly UnknownVariable[]): string {
  return variables
    .map(({ name, meant }) => (meant === undefined ? name : `${name} (did you mean ${meant}?)`))
    .join(', ');
}
