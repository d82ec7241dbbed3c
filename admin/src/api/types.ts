/** What the admin API answers with. */

export interface RoleName {
  readonly id: number;
  readonly name: string;
}

/** How strongly somebody signs in, the weakest first: with a password or mail alone, with a second factor, with a passkey. */
export const acrs = ['aal1', 'aal2', 'phr'] as const;
export type Acr = (typeof acrs)[number];

export interface User {
  readonly id: number;
  readonly email: string;
  readonly email_verified: boolean;
  readonly username: string;
  /** The language that they read (BCP 47); null: nothing is known. */
  readonly locale: string | null;
  readonly is_active: boolean;
  readonly is_superuser: boolean;
  readonly has_password: boolean;
  /** How strongly they can sign in. */
  readonly acr: Acr;
  readonly roles: readonly RoleName[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly last_sign_in_at: string | null;
  /** When mail to the user came back. */
  readonly email_bounced_at: string | null;
  /** Counts its changes: a change that names an older one is refused. */
  readonly version: number;
}

export interface ListedFactor {
  readonly id: number;
  readonly name: string;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

/** What a user signs in with besides the password. */
export interface Factors {
  readonly authenticator_apps: readonly ListedFactor[];
  readonly passkeys: readonly (ListedFactor & { readonly is_backed_up: boolean })[];
  readonly recovery_codes_left: number;
  readonly remembered_devices: number;
}

/** What an administrator sees of it. */
export interface UserFactors extends Factors {
  /** How strongly the user can sign in. */
  readonly acr: Acr;
  readonly required_acr: Acr;
  /** Until when the user has to have what is required; null: they have not been seen since, or nothing is. */
  readonly due_at: string | null;
  /** A reset that an administrator asked for, and that waits. */
  readonly reset: PendingReset | null;
}

export interface PendingReset {
  readonly requested_at: string;
  readonly due_at: string;
  readonly reason: string;
}

export interface Session {
  readonly id: number;
  readonly user_id: number;
  readonly email: string;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly expires_at: string;
  readonly ended_at: string | null;
  readonly end_cause: string | null;
  readonly ip: string | null;
  readonly device: string | null;
  readonly impersonator_id: number | null;
}

export interface Role {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
  readonly required_acr: Acr;
  /** `maxCountedUsers`: as many or more. */
  readonly user_count: number;
  readonly created_at: string;
  readonly updated_at: string;
  /** Counts its changes: a change that names an older one is refused. */
  readonly version: number;
}

/** How far the server counts the users of a role. */
export const maxCountedUsers = 1_000;

export interface Permission {
  readonly name: string;
  readonly description: string;
  readonly is_builtin: boolean;
}

export interface OwnPermissions {
  readonly is_superuser: boolean;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly next_cursor: string | null;
}

export interface UserPermissions {
  readonly is_superuser: boolean;
  readonly roles: readonly RoleName[];
  readonly permissions: readonly string[];
  readonly effective: readonly string[];
  /** Counts its changes: a change that names an older one is refused. */
  readonly version: number;
  readonly is_effective_complete: boolean;
}

export type SettingValue = number | boolean | string;

export interface Setting {
  readonly name: string;
  /** What it is about. */
  readonly group: string;
  readonly type: 'integer' | 'boolean' | 'choice' | 'text';
  readonly value: SettingValue;
  readonly default: SettingValue;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly string[];
  /** Of texts: what they hold. */
  readonly format?: string;
  readonly max_length?: number;
  /** Of texts of colours: which there are, each as it is where the text does not name it. */
  readonly colors?: Readonly<Record<string, string>>;
  readonly unit?: string;
  /** The value in words. */
  readonly text: string;
  readonly description: string;
  readonly source: 'environment' | 'database' | 'default';
  readonly is_pinned: boolean;
  /** The id of its last change; 0 where there was none. */
  readonly version: number;
}

export interface SettingChange {
  readonly id: number;
  readonly name: string;
  readonly from: SettingValue | null;
  readonly to: SettingValue | null;
  readonly actor: string;
  readonly reason: string;
  readonly changed_at: string;
}

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly state: 'next' | 'active' | 'retired' | 'revoked';
  readonly created_at: string;
  readonly active_at: string | null;
}

export interface ServerNode {
  readonly id: string;
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  readonly started_at: string;
  readonly seen_at: string;
  readonly is_alive: boolean;
  readonly settings_lag_ms: number;
  readonly leads: readonly string[];
}

export type MailState = 'pending' | 'sent' | 'dead';

export interface OutboxMail {
  readonly id: number;
  readonly kind: string;
  readonly state: MailState;
  readonly user_id: number | null;
  readonly email: string;
  readonly locale: string;
  readonly message_id: string;
  readonly attempts: number;
  readonly last_reply: string | null;
  readonly created_at: string;
  readonly due_at: string | null;
  readonly expires_at: string;
  readonly finished_at: string | null;
  readonly bounced_at: string | null;
}

export interface OutboxMailDetail extends OutboxMail {
  /** Null where it cannot be shown. */
  readonly content: { readonly subject: string; readonly text: string } | null;
}

export interface MailText {
  readonly name: string;
  readonly locale: string;
  readonly text: string;
  readonly source: 'setting' | 'file' | 'built-in';
  /** Another one than `locale` where that has none. */
  readonly text_locale: string;
  readonly default_text: string;
  readonly kinds: readonly string[];
  readonly placeholders: readonly string[];
  readonly required_placeholders: readonly string[];
  readonly problem: string | null;
  readonly version: number;
}

export interface MailTextList {
  readonly languages: readonly string[];
  readonly items: readonly MailText[];
}

export interface MailPreview {
  readonly subject: string;
  readonly text: string;
}

export interface MailStatus {
  readonly delivery: 'smtp' | 'kept' | 'none';
  readonly from: string | null;
  readonly waiting: number;
  readonly failure: string | null;
}

export interface AuditEvent {
  readonly id: number;
  readonly at: string;
  readonly kind: string;
  readonly actor: {
    readonly kind: 'user' | 'cli' | 'system' | 'anonymous';
    readonly id: number | null;
    readonly name: string | null;
  };
  readonly user_id: number | null;
  readonly ip: string | null;
  readonly session_id: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface OverviewPoint {
  readonly at: string;
  readonly sign_ins: number;
  readonly failures: number;
  readonly refreshes: number;
}

export interface Overview {
  readonly users: { readonly total: number; readonly active: number };
  readonly sessions: { readonly live: number };
  readonly administrators_without_factor: number;
  readonly series: readonly OverviewPoint[];
  readonly hash_queue: { readonly waiting: number; readonly limit: number };
  readonly event_loop_delay_ms: number;
}

export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}
