import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sealSecret } from '../../src/features/sign-in/factors/totp/sealed-secrets.ts';
import { newTotpSecret } from '../../src/features/sign-in/factors/totp/totp.ts';
import { secretKeyPath } from '../../src/workspace/secret-keys.ts';
import type { AppOwner } from '../load.ts';
import { type Side, throughput } from '../measure.ts';
import { startGenerator } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import type { Seeded } from '../seed.ts';
import { type Bench, Started } from './bench.ts';
import { compare } from './compare.ts';
import { signInRequest } from './requests.ts';

/** Sign-ins with a password and a code of an authenticator app, beside those with a password alone. */

const connections = 32;
const targetShare = 0.9;

export async function factors(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const pairs = [];
  for (const database of bench.databases) {
    const owners = addApps(database);
    const requests = emailsOf(database, (id) => id % 2 === 1).map((email) => signInRequest(email));
    const server = await bench.servers.latchkey(database);
    const plan = { connections, seconds: bench.seconds };
    const alone = await started.add(startGenerator({ kind: 'requests', requests }));
    const both = await started.add(startGenerator({ kind: 'codes', owners }));
    pairs.push({
      database,
      limit: throughput('password alone', server, alone, plan),
      ours: inTwoSteps(throughput('password and code', server, both, plan)),
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

function addApps(database: Seeded): AppOwner[] {
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
    return { login: signInRequest(email), secret };
  });
  db.exec('commit');
  return owners;
}

/** A sign-in of two requests counts once. Its times are those of a request. */
function inTwoSteps(side: Side): Side {
  return {
    name: side.name,
    async measure() {
      const sample = await side.measure();
      const { value, cpuMicros } = sample;
      return { ...sample, value: value / 2, cpuMicros: cpuMicros && 2 * cpuMicros };
    },
  };
}
