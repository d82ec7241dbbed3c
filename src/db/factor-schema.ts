import type { Generated } from 'kysely';

/** The tables of second factors, and of sign-ins that wait for one. */
export interface FactorTables {
  authenticator_apps: AuthenticatorAppTable;
  recovery_codes: RecoveryCodeTable;
  passkeys: PasskeyTable;
  trusted_devices: TrustedDeviceTable;
  sign_in_flows: SignInFlowTable;
  spent_challenges: SpentChallengeTable;
  factor_resets: FactorResetTable;
}

/** An authenticator app (RFC 6238) of a user. */
interface AuthenticatorAppTable {
  id: Generated<number>;
  user_id: number;
  name: string;
  /** The secret, sealed, bound to the user and this row. */
  secret: string;
  /** The time step of the last code that was accepted: none up to it is accepted again. */
  last_step: Generated<number>;
  /** Null: the user has not shown a code of it yet, and it counts for nothing. */
  confirmed_at_ms: number | null;
  last_used_at_ms: Generated<number | null>;
  created_at_ms: number;
}

/** A recovery code that is not used yet. */
interface RecoveryCodeTable {
  id: Generated<number>;
  user_id: number;
  /** From 1; the code begins with it, so that one hash is enough to check it. */
  number: number;
  /** Argon2id, as of a password. */
  hash: string;
  created_at_ms: number;
}

/** A passkey: a WebAuthn credential of a user. */
interface PasskeyTable {
  id: Generated<number>;
  user_id: number;
  /** base64url */
  credential_id: string;
  /** COSE, base64url */
  public_key: string;
  /** The signature counter (WebAuthn Level 3, 6.1.1). */
  counter: number;
  /** A JSON list. */
  transports: string;
  rp_id: string;
  aaguid: string;
  name: string;
  /** Whether it can be found without its id, so that it signs in without an email. */
  is_discoverable: number;
  is_backup_eligible: number;
  is_backed_up: number;
  /** Whether it has ever shown that it verified its user, as by a fingerprint: else it is no more than a second factor. */
  is_user_verified: Generated<number>;
  /** Whether it was made without asking its user: then the password alone still signs in. */
  is_upgrade: Generated<number>;
  last_used_at_ms: Generated<number | null>;
  created_at_ms: number;
}

/** A device on which the second factor is not asked for. */
interface TrustedDeviceTable {
  id: Generated<number>;
  user_id: number;
  /** SHA-256 of the token that the device has. */
  token_hash: string;
  /** That of the user when it was remembered: good while it is the same. */
  factor_epoch: number;
  device: string | null;
  ip: string | null;
  last_used_at_ms: Generated<number | null>;
  created_at_ms: number;
  expires_at_ms: number;
}

/** A sign-in that waits for its second factor, or for one to be added; gone when it was used. */
export interface SignInFlowTable {
  id: Generated<number>;
  user_id: number;
  /** SHA-256 of what the client was told. */
  flow_hash: string;
  purpose: 'second_factor' | 'enrolment';
  /** The kind of the proof that it began with. */
  proof: 'password' | 'mail';
  /** SHA-256 of what the proof was checked against. */
  credential_hash: string;
  is_known_device: number;
  /** Tries that were begun; one that is right ends it. */
  wrong_codes: Generated<number>;
  created_at_ms: number;
  expires_at_ms: number;
}

/** A WebAuthn challenge that was used; none is stored before. */
interface SpentChallengeTable {
  /** SHA-256 */
  hash: string;
  expires_at_ms: number;
}

/** A reset of a user's factors that waits: gone when it was done, or cancelled. One for each user. */
interface FactorResetTable {
  id: Generated<number>;
  user_id: number;
  /** The administrator; null: the operator. */
  requested_by: number | null;
  reason: string;
  requested_at_ms: number;
  due_at_ms: number;
}
