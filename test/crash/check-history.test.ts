import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { FinalState, Operation } from './history.ts';

/** The checker must find what is wrong: each history here is a good one, or a good one doctored. */

const final: FinalState = { integrity: 'ok', users: [{ id: 1, email: 'a' }] };

function check(history: readonly Operation[], end = final): string[] {
  return checkHistory(history, end, { successorOf: (token) => `${token}+` });
}

const session = 's';
const signedIn: Operation = { kind: 'signed in', session, token: 't' };
const refreshed: Operation = { kind: 'refreshed', session, token: 't', next: 't+' };
const killed: Operation = { kind: 'killed' };
const again = (token: string): Operation => ({
  kind: 'refreshed',
  session,
  token,
  next: `${token}+`,
});
const refused = (token: string): Operation => ({ kind: 'refresh refused', session, token });
const unknown = (token: string): Operation => ({ kind: 'refresh unknown', session, token });

const good: Operation[] = [
  { kind: 'registered', email: 'a', id: 1 },
  signedIn,
  refreshed,
  { kind: 'name changed', user: 'a', name: 'ada' },
  killed,
  { kind: 'email looked up', email: 'a', isTaken: true },
  { kind: 'name read', user: 'a', name: 'ada' },
  refused('t'),
  again('t+'),
  { kind: 'logged out', session, token: 't++' },
  killed,
  { kind: 'session seen', session, isLive: false },
  refused('t++'),
];

test('a good history is good, and so is each of its beginnings', () => {
  for (let length = 1; length <= good.length; length += 1) {
    expect(check(good.slice(0, length))).toEqual([]);
  }
});

test.each<[string, Operation[]]>([
  ['not done', [signedIn, unknown('t'), killed, again('t'), refused('t'), again('t+')]],
  ['done', [signedIn, unknown('t'), killed, refused('t'), again('t+')]],
])('a refresh without an answer may be %s', (_what, history) => {
  expect(check(history)).toEqual([]);
});

test('a registration without an answer may be done or not, and is asked for again', () => {
  const registration: Operation = { kind: 'registration unknown', email: 'a' };
  const lookedUp = (isTaken: boolean): Operation => ({
    kind: 'email looked up',
    email: 'a',
    isTaken,
  });
  const registered: Operation = { kind: 'registered', email: 'a', id: 1 };
  const found = [registration, killed, lookedUp(true), killed, lookedUp(true)];
  expect(check(found)).toEqual([]);
  const missing = [registration, killed, lookedUp(false), registered, killed, lookedUp(true)];
  expect(check(missing)).toEqual([]);
});

test('a logout or a change without an answer may be done or not', () => {
  const logout: Operation = { kind: 'logout unknown', session, token: 't' };
  expect(check([signedIn, logout, killed, again('t')])).toEqual([]);
  expect(check([signedIn, logout, killed, refused('t')])).toEqual([]);
  const change: Operation = { kind: 'name change unknown', user: 'a', name: 'ada' };
  for (const name of ['', 'ada']) {
    expect(check([change, killed, { kind: 'name read', user: 'a', name }])).toEqual([]);
  }
});

test.each<[string, Operation[], RegExp]>([
  [
    'a lost registration',
    [good[0] as Operation, { kind: 'email looked up', email: 'a', isTaken: false }],
    /registration is lost/,
  ],
  [
    'a user out of nothing',
    [
      { kind: 'email looked up', email: 'b', isTaken: false },
      { kind: 'email looked up', email: 'b', isTaken: true },
    ],
    /out of nothing/,
  ],
  [
    'an email that two have',
    [
      { kind: 'registered', email: 'a', id: 1 },
      { kind: 'registered', email: 'a', id: 1 },
    ],
    /registered twice/,
  ],
  [
    'a lost change',
    [
      { kind: 'name changed', user: 'a', name: 'ada' },
      killed,
      { kind: 'name read', user: 'a', name: '' },
    ],
    /must be one of/,
  ],
  [
    'a change that comes and goes',
    [
      { kind: 'name change unknown', user: 'a', name: 'ada' },
      { kind: 'name read', user: 'a', name: '' },
      { kind: 'name read', user: 'a', name: 'ada' },
    ],
    /must be one of/,
  ],
  [
    'a lost refresh: the old token is good again',
    [signedIn, refreshed, killed, again('t')],
    /not the current one/,
  ],
  [
    'a lost refresh: the new token is refused',
    [signedIn, refreshed, killed, refused('t+')],
    /current token was refused/,
  ],
  ['a token that is good twice', [signedIn, refreshed, refreshed], /not the current one/],
  [
    'two branches after a refresh without an answer, the old one first',
    [
      signedIn,
      unknown('t'),
      killed,
      again('t'),
      { kind: 'refreshed', session, token: 't', next: 'x' },
    ],
    /not the current one/,
  ],
  [
    'two branches after a refresh without an answer, the new one first',
    [
      signedIn,
      unknown('t'),
      killed,
      again('t+'),
      { kind: 'refreshed', session, token: 't', next: 'x' },
    ],
    /not the current one/,
  ],
  [
    'no branch after a refresh without an answer',
    [signedIn, unknown('t'), killed, refused('t'), refused('t+')],
    /current token was refused/,
  ],
  [
    'a token that is handed out twice',
    [signedIn, { kind: 'signed in', session: 'other', token: 't' }],
    /handed out twice/,
  ],
  [
    'a token of another session',
    [signedIn, { kind: 'refreshed', session, token: 'foreign', next: 'x' }],
    /not the current one/,
  ],
  [
    'a lost logout: the token is good',
    [signedIn, { kind: 'logged out', session, token: 't' }, killed, again('t')],
    /not the current one/,
  ],
  [
    'a lost logout: the session lives',
    [
      signedIn,
      { kind: 'logged out', session, token: 't' },
      killed,
      { kind: 'session seen', session, isLive: true },
    ],
    /has ended/,
  ],
  [
    'a session that is gone',
    [signedIn, killed, { kind: 'session seen', session, isLive: false }],
    /is gone/,
  ],
  [
    'a logout with an old token',
    [signedIn, refreshed, { kind: 'logged out', session, token: 't' }],
    /not the current one/,
  ],
  ['an answer of 500', [{ kind: 'unexpected answer', what: '500' }], /nothing explains/],
])('it finds %s', (_what, history, complaint) => {
  const problems = check(history);
  expect(problems[0]).toMatch(complaint);
});

test('it finds a damaged database, and users that are not in it', () => {
  expect(check(good, { ...final, integrity: 'wrong # of entries in index' })[0]).toMatch(/damaged/);
  expect(check(good, { ...final, users: [] })[0]).toMatch(/not in the database/);
  expect(check(good, { ...final, users: [{ id: 2, email: 'a' }] })[0]).toMatch(
    /not in the database/,
  );
});

test('it finds any acknowledged step that is taken out of a good history', () => {
  for (const [at, { kind }] of good.entries()) {
    // Without these the rest is as good: they only look, or something else made it so.
    if (!['signed in', 'refreshed', 'name changed', 'logged out'].includes(kind)) continue;
    expect(check(good.toSpliced(at, 1)), kind).not.toEqual([]);
  }
});

const keyed = (token: string, key: string, next = `${token}+`): Operation => ({
  ...{ kind: 'refreshed', session, token, next },
  key,
});
const keyedUnknown = (token: string, key: string): Operation => ({
  ...{ kind: 'refresh unknown', session, token },
  key,
});

test.each<[string, Operation[]]>([
  ['once more', [signedIn, keyed('t', 'k'), keyed('t', 'k'), again('t+')]],
  ['where it was not answered', [signedIn, keyedUnknown('t', 'k'), keyed('t', 'k'), again('t+')]],
  ['twice where it was not', [signedIn, keyedUnknown('t', 'k'), keyed('t', 'k'), keyed('t', 'k')]],
])('a refresh that is repeated with its key gives the same: %s', (_how, history) => {
  expect(check(history)).toEqual([]);
});

test.each<[string, Operation[]]>([
  ['with another key', [signedIn, keyed('t', 'k'), keyed('t', 'other')]],
  ['without one', [signedIn, keyed('t', 'k'), again('t')]],
  ['another successor', [signedIn, keyed('t', 'k'), keyed('t', 'k', 'fork')]],
  ['once its successor is used', [signedIn, keyed('t', 'k'), again('t+'), keyed('t', 'k')]],
  ['once it has ended', [signedIn, keyed('t', 'k'), loggedOut('t+'), keyed('t', 'k')]],
  [
    'a token that came of it is handed out again',
    [signedIn, keyed('t', 'k'), keyed('t+', 'l', 't+')],
  ],
  [
    'its retry is refused',
    [signedIn, keyedUnknown('t', 'k'), keyed('t', 'k'), { ...refused('t'), key: 'k' } as Operation],
  ],
])('a refresh that is repeated gives nothing: %s', (_how, history) => {
  expect(check(history)).not.toEqual([]);
});

function loggedOut(token: string): Operation {
  return { kind: 'logged out', session, token };
}

const seen = (isLive: boolean): Operation => ({ kind: 'session seen', session, isLive });
const late = (history: readonly Operation[]) =>
  checkHistory(history, final, { successorOf: (token) => `${token}+`, mayHappenLate: true });

test('with many servers what is unknown may happen late, and not once something else came first', () => {
  const logout: Operation = { kind: 'logout unknown', session, token: 't' };
  const lately = [signedIn, logout, seen(true), seen(false), refused('t')];
  expect(late(lately)).toEqual([]);
  expect(check(lately)).not.toEqual([]);
  expect(late([signedIn, logout, seen(true), again('t'), seen(false)])).not.toEqual([]);
  expect(late([signedIn, logout, seen(false), seen(true)])).not.toEqual([]);
  const name = (
    kind: 'name changed' | 'name change unknown' | 'name read',
    value: string,
  ): Operation => ({
    ...{ kind, user: 'a' },
    name: value,
  });
  const overtaken = [
    name('name change unknown', 'x'),
    name('name changed', 'y'),
    name('name read', 'x'),
  ];
  expect(late(overtaken)).toEqual([]);
  expect(check(overtaken)).not.toEqual([]);
  expect(
    late([name('name changed', 'x'), name('name changed', 'y'), name('name read', 'x')]),
  ).not.toEqual([]);
});

test('what servers share must have reached each of them', () => {
  const set = (value: string): Operation => ({ kind: 'shared value set', name: 'lifetime', value });
  const read = (node: string, value: string): Operation => ({
    ...{ kind: 'shared value read', name: 'lifetime', node },
    value,
  });
  expect(check([set('1'), read('A', '1'), set('2'), read('A', '2'), read('B', '2')])).toEqual([]);
  expect(check([set('1'), set('2'), read('A', '2'), read('B', '1')])).toHaveLength(1);
});
