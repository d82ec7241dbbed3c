import type { Db } from '../../../db/database.ts';
import type { Actor } from '../../platform/audit/index.ts';

/** What somebody sends to prove a second factor. */
export type FactorProof =
  | { readonly kind: 'totp'; readonly code: string }
  | { readonly kind: 'recovery_code'; readonly recoveryCode: string }
  /** An `AuthenticationResponseJSON` (WebAuthn Level 3, 5.1.8.2), unchecked. */
  | { readonly kind: 'passkey'; readonly credential: unknown };

export type FactorKind = FactorProof['kind'];

/** A factor that was checked outside of any transaction; `spend` makes it count, inside one. */
export interface FactorCheck {
  readonly kind: FactorKind;
  readonly level: 2 | 3;
  /** Of the factor alone (RFC 8176), such as `otp`. The code that combines it with another proof adds `mfa`. */
  readonly amr: readonly string[];
  /**
   * Compare-and-swap: false if it was spent meanwhile. Also notes its last use, its audit event, and the notice of a
   * recovery code.
   */
  spend(trx: Db, by: { readonly actor: Actor; readonly nowMs: number }): Promise<boolean>;
}
