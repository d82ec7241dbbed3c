import type { Db } from '../../../db/database.ts';
import { sentTokenHash } from '../link-tokens/index.ts';
import { findFlowBy, findNewestFlow, type Purpose } from './flows.queries.ts';

/** What a page may know of a flow before it is ended. */
export interface OpenFlow {
  /** Tells it from others; it is of no use to end it. */
  readonly key: string;
  /** Null: nobody was sent its code. */
  readonly userId: number | null;
  /** As `normalizeEmail` has it. */
  readonly email: string;
  /** Where the account pages lead once it is done. */
  readonly returnTo: string | undefined;
}

type FlowNamedBy =
  | { readonly flow: string }
  | { readonly token: string }
  /** The newest one of a user who is signed in. */
  | { readonly userId: number };

/** The flow that somebody has the id of, or the token of the link; undefined if it has expired or was used. */
export async function findFlow(
  db: Db,
  key: { readonly purpose: Purpose; readonly nowMs: number },
  by: FlowNamedBy,
): Promise<OpenFlow | undefined> {
  const row = await findFlowNamed(db, key, by);
  if (!row) return undefined;
  const { flowHash, userId, emailNormalized: email, returnTo } = row;
  return { key: flowHash, userId, email, returnTo: returnTo ?? undefined };
}

async function findFlowNamed(
  db: Db,
  key: { readonly purpose: Purpose; readonly nowMs: number },
  by: FlowNamedBy,
) {
  if ('flow' in by) return findFlowBy(db, key, 'flow_hash', sentTokenHash(by.flow));
  if ('token' in by) return findFlowBy(db, key, 'token_hash', sentTokenHash(by.token));
  const newest = await findNewestFlow(db, key, by.userId);
  return newest && findFlowBy(db, key, 'flow_hash', newest.flowHash);
}
