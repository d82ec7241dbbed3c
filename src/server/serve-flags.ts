import type { ConfigFlags } from '../config/config.ts';

/** The command line of `latchkey serve`. */
export interface ServeFlags extends ConfigFlags {
  readonly migrate?: boolean;
  readonly maintenance?: boolean;
}
