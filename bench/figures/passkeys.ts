import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { issueChallenge } from '../../src/features/sign-in/factors/passkeys/challenges.ts';
import { secretKeyPath } from '../../src/workspace/secret-keys.ts';
import { newSecurityKey } from '../../test/security-key.ts';
import { es256VerificationsPerSecond } from '../limits/es256.ts';
import { type Side, throughput } from '../measure.ts';
import { type Server, startGenerator } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import type { Seeded } from '../seed.ts';
import type { Bench } from './bench.ts';
import { compare } from './compare.ts';

/** Sign-ins with a passkey alone, beside how many of its signatures this machine can verify. */

const connections = 32;
const targetPerSecond = 800;
const owners = 500;
/** More than are sent in a second. Each works once, so each round has its own. */
const perSecond = 4_000;

type Key = ReturnType<typeof newSecurityKey>;

export async function passkeys(bench: Bench): Promise<FigureResult[]> {
  const threads = availableParallelism();
  const limit: Side = {
    name: `${threads} threads verify ES256`,
    measure: async () => ({ value: await es256VerificationsPerSecond(threads, bench.seconds) }),
  };
  const pairs = [];
  for (const database of bench.databases) {
    const keys = addKeys(database);
    const server = await bench.servers.latchkey(database);
    pairs.push({ database, limit, ours: signInSide(bench, database, server, keys) });
  }
  return await compare(bench, pairs, {
    ...{ figure: 'passkeys', title: 'POST /api/login/passkey/', unit: '/s' },
    target: `>= ${targetPerSecond} /s`,
    isMet: ({ measured }) => measured >= targetPerSecond,
  });
}

/** Gives users from all over the table a passkey. */
function addKeys({ dataDir, users }: Seeded): Key[] {
  using db = new DatabaseSync(join(dataDir, 'latchkey.db'));
  const insert = db.prepare(
    `insert into passkeys (user_id, credential_id, public_key, counter, transports, rp_id, aaguid, name,
       is_discoverable, is_backup_eligible, is_backed_up, is_user_verified, created_at_ms)
     values (?, ?, ?, 0, '[]', 'localhost', '', 'Passkey', 1, 0, 0, 1, 0)`,
  );
  const update = db.prepare('update users set factor_level = 3, passkey_handle = ? where id = ?');
  const count = Math.min(owners, users);
  db.exec('begin');
  const keys = Array.from({ length: count }, (_, index) => {
    const userId = 1 + Math.floor((index * users) / count);
    const handle = Buffer.from(`user ${userId}`).toString('base64url');
    const key = newSecurityKey({}, handle);
    update.run(handle, userId);
    insert.run(userId, key.id, key.publicKey);
    return key;
  });
  db.exec('commit');
  return keys;
}

function signInSide(
  { seconds }: Bench,
  { dataDir }: Seeded,
  server: Server,
  keys: readonly Key[],
): Side {
  const secretKey = readFileSync(secretKeyPath(dataDir), 'utf8');
  const use = { ceremony: 'authentication', binding: 'passkey-sign-in' } as const;
  const request = (key: Key) => {
    const challenge = issueChallenge({ secretKey }, use, Date.now());
    const body = JSON.stringify({ credential: key.get({ public_key: { challenge } }) });
    return (
      'POST /api/login/passkey/ HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n' +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    );
  };
  let turn = 0;
  return {
    name: 'passkey sign-in',
    async measure() {
      const requests = Array.from({ length: Math.ceil(seconds * perSecond) }, () =>
        request(keys[turn++ % keys.length] as Key),
      );
      const generator = await startGenerator({ kind: 'requests', requests });
      try {
        return await throughput('', server, generator, { connections, seconds }).measure();
      } finally {
        generator.stop();
      }
    },
  };
}
