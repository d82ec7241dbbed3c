import { createScratchMap } from '../../../db/sqlite/scratch-map.ts';
import { normalizeEmail } from '../../identity/users/index.ts';
import {
  type ImportedSecret,
  maxApps,
  readBase32,
  readHexSecret,
  stepAt,
} from '../../sign-in/factors/index.ts';
import type { Candidate, Refusal } from './check-record.ts';
import type { DjangoObject } from './read-records.ts';

/** How many authenticator apps a dump has. */
export interface AppSummary {
  readonly rows: number;
  /** Those that users were given here. */
  readonly imported: number;
  /** Those that their users never confirmed: nobody was asked for their codes. */
  readonly unconfirmed: number;
  readonly refused: number;
}

/**
 * The authenticator apps in a dump of Django, of django-otp (`otp_totp.totpdevice`) and of django-allauth
 * (`mfa.authenticator`), by the keys of their users.
 */
export interface DumpApps {
  /** Notes an object of the dump, if it is an app. */
  note(object: DjangoObject): void;
  /** The apps of a user of the dump. */
  of(candidate: Candidate): Candidate['apps'];
  readonly count: { rows: number; imported: number; unconfirmed: number; refused: number };
  [Symbol.dispose](): void;
}

const otpModel = 'otp_totp.totpdevice';
const allauthModel = 'mfa.authenticator';

interface Options {
  readonly nowMs: number;
  onRefused(refusal: Refusal): void;
}

/** @returns the app; undefined if it was never confirmed, or is something else; or why its codes would be refused */
type Read = (fields: DjangoObject['fields'], nowMs: number) => ImportedSecret | string | undefined;

/** A name that somebody has given: `default` is django-otp's own. */
const ownName = /^(?!default$)[^\p{C}]{1,64}$/u;

const readOtp: Read = (fields, nowMs) => {
  const { key, name, step = 30, t0 = 0, digits = 6, drift = 0, last_t: last } = fields;
  if (fields.confirmed === false) return undefined;
  if (digits !== 6 || step !== 30 || t0 !== 0) {
    return 'Only codes of six digits and 30 seconds, counted from 1970, are accepted.';
  }
  if (typeof drift !== 'number' || Math.abs(drift) > 1) {
    return 'The clock of its phone was more than 30 seconds off: no code of it would be accepted.';
  }
  const secret = readHexSecret(String(key));
  if (!secret) return 'Its key is not a hexadecimal number of 80 bits at least.';
  const isSpent = typeof last === 'number' && last > 0 && last <= stepAt(nowMs) + 1;
  return {
    secret,
    ...(typeof name === 'string' && ownName.test(name.trim()) && { name: name.trim() }),
    ...(isSpent && { lastStep: last }),
  };
};

const readAllauth: Read = ({ data }) => {
  const text = String((data as { secret?: unknown } | null)?.secret);
  const secret = /^[A-Z2-7]+=*$/.test(text) ? readBase32(text) : undefined; // else it is encrypted
  return secret ? { secret } : 'Its secret is not base32: an adapter of the site may encrypt it.';
};

const readers: Readonly<Record<string, Read>> = {
  [otpModel]: readOtp,
  [allauthModel]: readAllauth,
};

/** Whether objects of a model are authenticator apps, or stand beside them. */
export const isOfApps = (model: string) => Object.hasOwn(readers, model);

/** Remembers the apps of a dump in a temporary file: memory stays the same however many there are. */
export function createDumpApps({ nowMs, onRefused }: Options): DumpApps {
  const map = createScratchMap<string>();
  const count = { rows: 0, imported: 0, unconfirmed: 0, refused: 0 };

  const listed = (key: string): string[] => JSON.parse(map.get(key) ?? '[]');

  function refuse({ place, fields: { user } }: DjangoObject, text: string): void {
    count.refused += 1;
    const name = Array.isArray(user) ? String(user[0]) : '';
    const fileId = Array.isArray(user) ? '' : String(user);
    onRefused({ place, email: '', username: name, fileId, reason: 'app_not_usable', text });
  }

  return {
    note(object) {
      const { model, fields } = object;
      const read = readers[model];
      const isApp = model === otpModel || fields.type === 'totp';
      if (!read || !isApp) return;
      count.rows += 1;
      const app = read(fields, nowMs);
      const key = keyOf(fields.user);
      if (app === undefined) count.unconfirmed += 1;
      else if (typeof app === 'string') refuse(object, app);
      else if (listed(key).length >= maxApps) refuse(object, `Its user has ${maxApps} others.`);
      else {
        const text = JSON.stringify({ ...app, secret: Buffer.from(app.secret).toString('base64') });
        map.set(key, JSON.stringify([...listed(key), text]));
      }
    },
    of({ fileId, username, emailNormalized }) {
      const keys = [
        ...(fileId === '' ? [] : [`key ${fileId}`]),
        `natural ${emailNormalized}`,
        // A user name may be the email of somebody else.
        ...(username === '' || username.includes('@') ? [] : [`natural ${username}`]),
      ];
      return keys.flatMap(listed).map((text) => {
        const app = JSON.parse(text);
        return { ...app, secret: Buffer.from(app.secret, 'base64') };
      });
    },
    count,
    [Symbol.dispose]: () => map[Symbol.dispose](),
  };
}

/** By the key of the user; or by the user name or the email, in a list, as `--natural-foreign` writes it. */
function keyOf(user: unknown): string {
  if (!Array.isArray(user)) return `key ${String(user)}`;
  const name = String(user[0]);
  return `natural ${name.includes('@') ? normalizeEmail(name) : name}`;
}
