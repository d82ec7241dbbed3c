import { nearest } from '../lib/nearest.ts';
import { settingNames } from '../settings/registry.ts';
import { configOptions } from './config-options.ts';

const prefix = 'LATCHKEY_';
const known = [
  ...Object.values(configOptions).map(({ variable }) => variable.slice(prefix.length)),
  ...settingNames,
];

/** A variable of our name that nothing reads: a setting that is not pinned, or a secret that is not used. */
interface UnknownVariable {
  readonly name: string;
  /** What whoever wrote it most likely meant. */
  readonly meant: string | undefined;
}

/** The variables that begin with `LATCHKEY_`, say something, and are none of ours. */
export function unknownVariables(environment = process.env): UnknownVariable[] {
  return Object.entries(environment)
    .filter(([name, value]) => name.startsWith(prefix) && value && !isOfPlatform(name, value))
    .map(([name]) => name.slice(prefix.length))
    .filter((rest) => !known.includes(rest))
    .map((rest) => {
      const meant = nearest(rest, known);
      return { name: prefix + rest, meant: meant === undefined ? undefined : prefix + meant };
    });
}

/** Kubernetes gives every container such for each service: one called `latchkey` begins as ours do. */
function isOfPlatform(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}

/** Their names, each with what was meant, with commas between them. */
export function variablesText(variables: readonly UnknownVariable[]): string {
  return variables
    .map(({ name, meant }) => (meant === undefined ? name : `${name} (did you mean ${meant}?)`))
    .join(', ');
}
