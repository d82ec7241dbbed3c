import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sealSecret } from '../../src/features/sign-in/factors/totp/sealed-secrets.ts';
import { newTotpSecret } from '../../src/features/sign-in/factors/totp/totp.ts';
import { secretKeyPath } from '../../src/workspace/secret-keys.ts';
import { codeAt } from '../../test/authenticator.ts';
import type { Side } from '../measure.ts';
import type { Server } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import { password, type Seeded } from '../seed.ts';
import type { Bench } from './bench.ts';
import { compare } from './compare.ts';

/** Sign-ins with a password and a code of an authenticator app, beside those with a password alone. */

const connections = 32;
const targetShare = 0.9;
const stepMs = 30_000;

interface Owner {
  readonly email: string;
  readonly secret: Uint8Array;
  /** The step of the code that was sent last: none works twice. */
  lastStep: number;
}

export async function factors(bench: Bench): Promise<FigureResult[]> {
  const pairs = [];
  for (const database of bench.databases) {
    const owners = addApps(database);
    const others = emailsOf(database, (id) => id % 2 === 1);
    const server = await bench.servers.latchkey(database);
    const turns = { owner: 0, other: 0 };
    const signIn = () => withPassword(server, others[turns.other++ % others.length] as string);
    const both = () => withCode(server, owners[turns.owner++ % owners.length] as Owner);
    pairs.push({
      database,
      limit: side(bench, 'password alone', signIn),
      ours: side(bench, 'password and code', both),
    });
  }
  return await compare(bench, pairs, {
    ...{ figure: 'factors', title: 'password and code, of password alone', unit: '/s' },
    target: `>= ${targetShare} of password alone`,
    isMet: ({ ratio }) => ratio >= targetShare,
  });
}

/** Every second user, so that both kinds are all over the table. */
function emailsOf({ users }: Seeded, isOne: (id: number) => boolean): string[] {
  const ids = Array.from({ length: Math.min(users, 20_000) }, (_, index) => index + 1);
  return ids.filter(isOne).map((id) => `user${id}@example.com`);
}

function addApps(database: Seeded): Owner[] {
  const { dataDir } = database;
  const secretKey = readFileSync(secretKeyPath(dataDir), 'utf8');
  using db = new DatabaseSync(join(dataDir, 'latchkey.db'));
  const insert = db.prepare(
    `insert into authenticator_apps (user_id, name, secret, confirmed_at_ms, created_at_ms)
     values (?, 'Phone', '', 1, 1) returning id`,
  );
  const seal = db.prepare('update authenticator_apps set secret = ? where id = ?');
  const raise = db.prepare('update users set factor_level = 2 where id = ?');
  db.exec('begin');
  const owners = emailsOf(database, (id) => id % 2 === 0).map((email) => {
    const userId = Number(/\d+/.exec(email)?.[0]);
    const secret = newTotpSecret();
    const { id } = insert.get(userId) as { id: number };
    seal.run(sealSecret({ secretKey }, secret, { id, userId }), id);
    raise.run(userId);
    return { email, secret, lastStep: 0 };
  });
  db.exec('commit');
  return owners;
}

async function post({ port }: Server, path: string, body: object) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  const { flow, access_token: token } = JSON.parse(text) as Record<string, string | undefined>;
  return { flow, token, text };
}

async function withPassword(server: Server, email: string): Promise<void> {
  const { token, text } = await post(server, '/api/login/', { email, password });
  if (!token) throw new Error(`${email} did not sign in: ${text}`);
}

async function withCode(server: Server, owner: Owner): Promise<void> {
  const { email, secret } = owner;
  const { flow } = await post(server, '/api/login/', { email, password });
  const now = Math.floor(Date.now() / stepMs);
  // The codes of the step before, of now and of the one after are good, each once and in their order.
  const step = Math.max(owner.lastStep + 1, now - 1);
  if (step > now + 1) throw new Error('There are too few users for so many sign-ins.');
  owner.lastStep = step;
  const sent = { flow, code: codeAt(secret, step) };
  const { token, text } = await post(server, '/api/login/second-factor/', sent);
  if (!token) throw new Error(`${email} did not sign in with a code: ${text}`);
}

/** How many sign-ins are done in a second. A sign-in of two steps counts once. */
function side({ seconds }: Bench, name: string, signIn: () => Promise<void>): Side {
  return {
    name,
    async measure() {
      const startedAt = performance.now();
      const endsAt = startedAt + seconds * 1000;
      let done = 0;
      const lane = async () => {
        while (performance.now() < endsAt) {
          await signIn();
          done += 1;
        }
      };
      await Promise.all(Array.from({ length: connections }, lane));
      return { value: done / ((performance.now() - startedAt) / 1000) };
    },
  };
}
