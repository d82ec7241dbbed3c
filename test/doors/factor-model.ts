import type { AuthLevel } from '../../src/lib/auth-level.ts';
import type { Answer, SignedUp } from '../harness.ts';
import type { Authenticator } from '../webauthn.ts';

/** What a user's factors, sessions and devices should be, for a test that does things in any order. */

/** Three codes of an app, as each takes time. */
export const graceSeconds = 70;

export const methods = ['totp', 'recovery_code', 'passkey'] as const;
export type Method = (typeof methods)[number];

/** A session as it should be. */
export interface Session {
  access: string;
  refresh: string;
  level: AuthLevel;
  /** Whether a factor was shown in it. */
  hasShown: boolean;
  /** The token of the device that it began on; undefined: that was not remembered. */
  device: string | undefined;
}

/** The account of one user as it should be. */
export class Model {
  readonly userId: number;
  readonly email: string;
  apps: { id: number; secret: string }[] = [];
  passkeys: { id: number; device: Authenticator }[] = [];
  codes: string[] = [];
  /** Tokens of devices, those that are forgotten as well. */
  devices: { token: string; isRemembered: boolean }[] = [];
  /** What they are obliged to, once their time for it is over. */
  required: AuthLevel = 1;
  /** When it is over; null: it has not begun. */
  dueAtMs: number | null;
  /** The same as the server has it: its clock went on between two looks. */
  storedDueAtMs: number | null = null;
  sessions: Session[];
  flows: { flow: string; proof: 'pwd' | 'otp'; tries: number }[] = [];

  readonly #nowMs: () => number;

  constructor(user: SignedUp, dueAtMs: number | null, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.dueAtMs = dueAtMs;
    this.userId = user.id;
    this.email = user.email;
    const { access_token: access, refresh_token: refresh } = user;
    this.sessions = [{ access, refresh, level: 1, hasShown: false, device: undefined }];
  }

  get level(): AuthLevel {
    if (this.passkeys.length > 0) return 3;
    return this.apps.length > 0 ? 2 : 1;
  }

  has(what: Method): boolean {
    const list = { totp: this.apps, recovery_code: this.codes, passkey: this.passkeys }[what];
    return list.length > 0;
  }

  /** Whether a session may change factors. */
  mayChange({ hasShown }: Session): boolean {
    return this.level === 1 || hasShown;
  }

  /** What they have to reach now, with less than a passkey: this is where their time begins, once. */
  dueLevel(): AuthLevel {
    if (this.required === 1) return 1;
    const nowMs = this.#nowMs();
    this.dueAtMs ??= nowMs + graceSeconds * 1000;
    return nowMs < this.dueAtMs ? 1 : this.required;
  }

  isRemembered(device: string | undefined): boolean {
    return this.devices.some(({ token, isRemembered }) => isRemembered && token === device);
  }

  forgetDevices(): void {
    for (const device of this.devices) device.isRemembered = false;
  }

  start({ body }: Answer, level: AuthLevel, hasShown: boolean, device?: string): void {
    const { access_token: access, refresh_token: refresh } = body;
    this.sessions.push({ access, refresh, level, hasShown, device });
  }

  afterRemoval(): void {
    this.forgetDevices();
    if (this.level === 1) this.codes = [];
  }
}

export const pick = <T>(list: readonly T[], n = 0): T | undefined =>
  list[n % Math.max(1, list.length)];
