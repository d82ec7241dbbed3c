import { expect, test } from 'vitest';
import { at, dayMs, type Log, openLog, sealedLog } from '../../../../test/audit-log.ts';
import { createSealKeys, hashEvent, headText, parseHead, type SealKey, sealLink } from './chain.ts';
import { maxSealed } from './seal-events.ts';

/** The chain against attackers who can write to the database. */

const change = (log: Log, sequence: number, values: Record<string, unknown>) =>
  log.database.db
    .updateTable('audit_events')
    .set(values)
    .where('sequence', '=', sequence)
    .execute();

const remove = (log: Log, from: number, through: number) =>
  log.database.db
    .deleteFrom('audit_events')
    .where('sequence', '>=', from)
    .where('sequence', '<=', through)
    .execute();

/** The row of an event, with its columns' own names. */
const stored = (log: Log, sequence: number) =>
  log.database.db
    .selectFrom('audit_events')
    .selectAll()
    .where('sequence', '=', sequence)
    .executeTakeFirstOrThrow();

/** The row that says where the chain ends and begins, likewise. */
const storedChain = (log: Log) =>
  log.database.db.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow();

/** Computes the public part of the chain again, as somebody without the secret can. */
async function rehash(log: Log, from: number, through: number): Promise<void> {
  let last = await at(log, from - 1).then(({ sequence, hash }) => ({ sequence, hash: hash ?? '' }));
  for (let sequence = from; sequence <= through; sequence += 1) {
    last = hashEvent(last, await at(log, sequence));
    await change(log, sequence, { hash: last.hash });
  }
}

/** Seals hashes again, as somebody can who has stolen the secret. */
async function reseal(log: Log, from: number, through: number): Promise<void> {
  const key = createSealKeys(['a secret']).current as SealKey;
  for (let sequence = from; sequence <= through; sequence += 1) {
    const { hash } = await at(log, sequence);
    await change(log, sequence, { seal: sealLink(key, { sequence, hash: hash ?? '' }) });
  }
}

test('a recorded event gets its place, and the chain begins by saying so', async () => {
  await using log = await openLog();
  expect(await log.verify()).toMatchObject({ checked: 0, head: { sequence: 0 }, problemCount: 0 });
  await log.add(2);
  expect(await log.verify()).toMatchObject({ checked: 0, waiting: 2 });
  await log.adopt();
  await log.add(maxSealed + 3);
  expect([await log.seal(), await log.seal(), await log.seal()]).toEqual([maxSealed, 3, 0]);
  const { head, ...found } = await log.verify();
  expect(found).toMatchObject({ checked: maxSealed + 6, waiting: 0, uncertain: 0, problems: [] });
  expect(parseHead(headText(head))).toEqual(head);
  expect((await at(log, 3)).kind).toBe('audit.started');
  expect(await log.problems({ expected: head })).toEqual([]);
});

test.each<[string, (log: Log) => Promise<unknown>, (id: number) => string[]]>([
  [
    'a changed time',
    (log) => change(log, 4, { at_ms: 1 }),
    (id) => [`Place 4: event ${id} was changed.`],
  ],
  [
    'a changed actor',
    (log) => change(log, 4, { actor_name: 'eve' }),
    (id) => [`Place 4: event ${id} was changed.`],
  ],
  [
    'changed details',
    (log) => change(log, 4, { details: '{"a":1}' }),
    (id) => [`Place 4: event ${id} was changed.`],
  ],
  [
    'a changed user',
    (log) => change(log, 4, { user_id: null }),
    (id) => [`Place 4: event ${id} was changed.`],
  ],
  [
    'a changed hash',
    (log) => change(log, 4, { hash: 'x'.repeat(43) }),
    (id) => [`Place 4: event ${id} was changed.`],
  ],
  [
    'a changed seal',
    (log) => change(log, 4, { seal: 'x' }),
    (id) => [`Place 4: event ${id} has a seal that is not ours.`],
  ],
  [
    'a changed event with its hash',
    async (log) => {
      await change(log, 4, { actor_name: 'eve' });
      await rehash(log, 4, 4);
    },
    (id) => [`Place 4: event ${id} has a seal that is not ours.`],
  ],
  ['removed events', (log) => remove(log, 4, 5), () => ['Places 4 to 5: gone.']],
  ['a removed beginning', (log) => remove(log, 1, 2), () => ['Places 1 to 2: gone.']],
  ['a removed end', (log) => remove(log, 9, 10), () => ['Places 9 to 10: gone.']],
  ['everything removed', (log) => remove(log, 1, 10), () => ['Places 1 to 10: gone.']],
  [
    'an event behind the end',
    async (log) => {
      const { id: _id, ...row } = await stored(log, 10);
      await log.database.db
        .insertInto('audit_events')
        .values({ ...row, sequence: 11 })
        .execute();
    },
    () => ['Place 11: after the end of the chain, so inserted.'],
  ],
  [
    'an end that was set back with the events after it',
    async (log) => {
      await remove(log, 9, 10);
      const { hash } = await at(log, 8);
      await log.database.db
        .updateTable('audit_chain')
        .set({ head_sequence: 8, head_hash: hash ?? '' })
        .execute();
    },
    () => ['The row that says where the chain ends was changed.'],
  ],
  [
    'a beginning that was set forward with the events before it',
    async (log) => {
      const { hash } = await at(log, 4);
      await remove(log, 1, 4);
      await log.database.db
        .updateTable('audit_chain')
        .set({ anchor_sequence: 4, anchor_hash: hash ?? '' })
        .execute();
    },
    () => ['The row that says where the chain ends was changed.'],
  ],
  [
    'no row that says where the chain ends',
    (log) => log.database.db.deleteFrom('audit_chain').execute(),
    () => ['The row that says where the chain ends is gone.'],
  ],
])('%s shows, and where', async (_name, tamper, expected) => {
  await using log = await sealedLog(9);
  const { id } = await at(log, 4);
  await tamper(log);
  expect(await log.problems()).toEqual(expected(id));
});

test('two events that changed places are found, and everything that was written again', async () => {
  await using log = await sealedLog(9);
  const [one, other] = [await at(log, 4), await at(log, 5)];
  await change(log, 4, { user_id: other.userId });
  await change(log, 5, { user_id: one.userId });
  expect(await log.problems()).toHaveLength(2);
  await rehash(log, 4, 10);
  const { hash } = await at(log, 10);
  await log.database.db
    .updateTable('audit_chain')
    .set({ head_hash: hash ?? '' })
    .execute();
  const problems = await log.problems();
  expect(problems[0]).toBe(`Place 4: event ${one.id} has a seal that is not ours.`);
  expect(problems.slice(-2)).toEqual([
    'The row that says where the chain ends was changed.',
    '7 uncertain',
  ]);
});

test('an older state of the whole table is found by somebody who kept a newer end', async () => {
  await using log = await sealedLog(3);
  const before = await storedChain(log);
  const { head: kept } = await log.verify();
  await log.add(3);
  await log.seal();
  const { head } = await log.verify();
  expect(await log.problems({ expected: kept })).toEqual([]);
  await remove(log, 5, 7);
  await log.database.db
    .updateTable('audit_chain')
    .set({ ...before })
    .execute();
  expect(await log.problems()).toEqual([]);
  expect(await log.problems({ expected: kept })).toEqual([]);
  expect(await log.problems({ expected: head })).toEqual([
    'The chain ends before place 7, which it had reached.',
  ]);
  await log.add(5);
  await log.seal();
  expect(await log.problems({ expected: head })).toEqual([
    'Place 7: its hash is not the one that was kept.',
  ]);
});

test('rows that somebody wrote to the tables do not stop later events, and have no good seal', async () => {
  await using log = await sealedLog(3);
  await remove(log, 4, 4);
  await log.database.db.updateTable('audit_chain').set({ head_sequence: 3 }).execute();
  await log.add(2);
  expect(await log.seal()).toBe(3);
  expect((await at(log, 4)).kind).toBe('audit.chain_broken');
  const broken =
    'Place 4: the server could not check what was before, and went on. To check what came after ' +
    'alone: --from 4';
  expect(await log.problems()).toEqual([broken]);
  expect(await log.problems({ fromSequence: 4 })).toEqual([]);

  // Events behind an end that is ours: the chain goes on behind them, or it never could again.
  const { id: _id, ...row } = await stored(log, 6);
  await log.database.db
    .insertInto('audit_events')
    .values({ ...row, sequence: 7 })
    .execute();
  await log.add(1);
  expect(await log.seal()).toBe(2);
  expect(await log.problems()).toEqual([
    broken,
    expect.stringMatching(/^Place 7: event \d+ was changed\.$/),
    expect.stringMatching(/^Place 8: the server could not check/),
    '1 uncertain',
  ]);
  expect(await log.problems({ fromSequence: 8 })).toEqual([]);
  await log.database.db.deleteFrom('audit_chain').execute();
  await log.add(1);
  expect(await log.seal()).toBe(2);
  expect(await log.problems({ fromSequence: 10 })).toEqual([]);
});

test('a new secret takes the chain over, and the old one can go with nothing lost', async () => {
  await using log = await sealedLog(3);
  await log.adopt('new', 'a secret');
  expect((await at(log, 5)).kind).toBe('secret.adopted');
  await log.adopt('new', 'a secret');
  await log.add(1);
  await log.seal('new', 'a secret');
  expect(await log.verify({}, 'new')).toMatchObject({ checked: 6, uncertain: 0, problems: [] });

  await change(log, 2, { user_id: 77 });
  const { id } = await at(log, 2);
  expect(await log.problems({}, 'new')).toEqual([`Place 2: event ${id} was changed.`]);
});

test('a process that runs on with a secret that was handed over breaks nothing, and seals nothing', async () => {
  await using log = await sealedLog(3);
  const follower = await log.startSealing(); // a node that leads nothing so far
  await log.add(maxSealed + 1); // more than go along with the handover
  await log.adopt('new', 'a secret');
  expect((await at(log, 5)).kind).toBe('secret.adopted');
  const waiting = 'Restart the server with the newer one.';
  await expect(log.seal()).rejects.toThrow(waiting);
  await expect(follower.run()).rejects.toThrow(waiting);
  await expect(log.prune(log.nowMs + 1)).rejects.toThrow(waiting);
  await log.adopt('new');
  expect(await log.seal('new')).toBe(1);
  await log.adopt('newest', 'new');
  await log.add(1);
  await expect(log.seal()).rejects.toThrow(waiting); // by a successor's successor too
  await log.seal('newest');
  const found = await log.verify({}, 'newest');
  expect(found).toMatchObject({ checked: maxSealed + 8, waiting: 0, uncertain: 0, problems: [] });
});

test('a server that is not the one to begin hands the chain over as well', async () => {
  await using log = await sealedLog(3);
  await log.add(1);
  expect(await log.seal('new', 'a secret')).toBe(2);
  await log.add(1);
  await expect(log.seal()).rejects.toThrow('newer secret');
  await log.seal('new');
  expect(await log.verify({}, 'new')).toMatchObject({ uncertain: 0, problems: [] });
});

test('nobody hands the chain over without the secret that had sealed it', async () => {
  await using log = await sealedLog(3);
  const foreign = (key_id: string) => log.database.db.updateTable('audit_chain').set({ key_id });
  await foreign('another').execute();
  await log.add(1);
  expect(await log.seal()).toBe(2);
  expect((await at(log, 5)).kind).toBe('audit.chain_broken');

  await change(log, 6, { kind: 'secret.adopted' });
  await foreign('another').execute();
  await log.add(1);
  expect(await log.seal()).toBe(2);
  expect((await at(log, 7)).kind).toBe('audit.chain_broken');
});

test('after a handover the secret that had sealed before forges nothing', async () => {
  await using log = await sealedLog(3);
  const old = await storedChain(log);
  await log.adopt('new', 'a secret');
  await log.add(1);
  await log.seal('new');

  // The events before, written again with good seals of the old secret: the new one vouches for the rest.
  await change(log, 2, { user_id: 77 });
  await rehash(log, 2, 5);
  await reseal(log, 2, 5);
  const { id } = await at(log, 6);
  expect(await log.problems({}, 'new')).toEqual([`Place 6: event ${id} was changed.`]);

  // The end put back to one that the old secret has sealed.
  await remove(log, 5, 6);
  await log.database.db
    .updateTable('audit_chain')
    .set({ ...old })
    .execute();
  expect(await log.problems({}, 'new')).toEqual(['4 uncertain', 'end not known']);
});

test('a process that begins with a secret that was handed over goes on from a break', async () => {
  await using log = await sealedLog(3);
  await log.adopt('new', 'a secret');
  await (await log.startSealing()).run();
  expect((await at(log, 6)).kind).toBe('audit.chain_broken');
  await log.add(1);
  expect(await log.seal()).toBe(1);
});

test('events sealed under a secret that is not here are reported as that, and not as good', async () => {
  await using log = await sealedLog(3);
  expect(await log.problems({}, 'other')).toEqual(['4 uncertain', 'end not known']);
  const { head } = await log.verify();
  expect(await log.verify({ expected: head }, 'other')).toMatchObject({ problemCount: 0 });

  await log.adopt('other');
  await log.add(1);
  await log.seal('other');
  const problems = await log.problems({}, 'other');
  expect(problems).toEqual([
    expect.stringMatching(/^Place 5: the server could not/),
    '4 uncertain',
  ]);
  expect(await log.problems({ fromSequence: 5 }, 'other')).toEqual([]);
  expect(await log.seal()).toBe(0); // of no secret of ours
});

test('old events go, and the chain says from when on it is whole', async () => {
  await using log = await sealedLog(4);
  const { head: kept } = await log.verify();
  log.nowMs += dayMs;
  await log.add(2);
  await log.seal();
  expect(await log.prune(log.nowMs - dayMs)).toBe(false); // not older
  expect((await log.verify()).checked).toBe(7);
  expect(await log.prune(log.nowMs)).toBe(false);
  const after = { sequence: 5, atMs: log.nowMs - dayMs };
  expect(await log.verify()).toMatchObject({ checked: 2, after, problems: [] });
  expect(await log.problems({ expected: kept })).toEqual([]);
  expect(await log.problems({ expected: { ...kept, sequence: 4 } })).toEqual([
    'Place 4 is not there any more to be compared: keep newer ends.',
  ]);
  expect(await log.prune(log.nowMs + 1)).toBe(true);
  expect(await log.problems()).toEqual([]);
  await log.add(1);
  await log.seal();
  expect(await log.verify()).toMatchObject({ checked: 1, head: { sequence: 8 }, problems: [] });
});
