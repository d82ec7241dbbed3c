import type { FinalState, Operation } from './history.ts';

/** What a session may be, as far as its clients can know. */
type SessionState = LiveSession | 'ended';

interface LiveSession {
  /** The token that is good. */
  readonly live: string;
  /** The refresh that it came of: repeated with its key, it gives the same. */
  readonly cameOf?: { readonly token: string; readonly key: string | undefined };
}

interface Options {
  /** The token that a refresh with a token gives, also where nobody has seen it. */
  successorOf(token: string): string;
  /**
   * Whether what is unknown may still happen when its client has long given it up: a statement that is on
   * its way to the database. Where the server was the database, and died, nothing is on its way.
   */
  readonly mayHappenLate?: boolean;
}

type SessionOperation = Extract<Operation, { session: string }>;
type UserOperation = Extract<Operation, { user: string }>;

/** What its session saw before, so that a failure that nobody can repeat is understood from its report. */
function before(history: readonly Operation[], at: number): string {
  const operation = history[at];
  if (!operation || !('session' in operation)) return '';
  const { session } = operation;
  const isAbout = (other: Operation) => {
    if ('session' in other) return other.session === session;
    return other.kind === 'no answer' ? session.startsWith(other.client) : other.kind === 'killed';
  };
  const seen = history.flatMap((other, index) =>
    index < at && isAbout(other) ? [`\n    ${index}: ${JSON.stringify(other)}`] : [],
  );
  return seen.slice(-24).join('');
}

/**
 * Compares what clients saw with the promises of the server: what it acknowledged has happened and stays, what it did
 * not acknowledge has happened completely or not at all, and each session has at most one valid refresh token, which
 * works once.
 *
 * It knows nothing of how the server works. For each session and user it keeps the states that are possible after
 * what was seen, and complains if none is left.
 *
 * @returns what contradicts the promises; empty if nothing does
 */
export function checkHistory(
  history: readonly Operation[],
  final: FinalState,
  { successorOf, mayHappenLate = false }: Options,
): string[] {
  const problems: string[] = [];
  const sessions = new Map<string, SessionState[]>();
  /** By token: which session was given it by an acknowledged answer. */
  const givenTo = new Map<string, string>();
  /** By session: the token of a logout of which nothing is known. */
  const openLogouts = new Map<string, string>();
  const names = new Map<string, Set<string>>();
  const lateNames = new Map<string, Set<string>>();
  const shared = new Map<string, string>();
  const registered = new Map<string, number>();
  const absent = new Set<string>();

  const complain = (at: number, text: string) =>
    problems.push(`${at}: ${text}: ${JSON.stringify(history[at])}${before(history, at)}`);

  function give(at: number, session: string, token: string): void {
    if (givenTo.has(token)) complain(at, 'a token was handed out twice');
    givenTo.set(token, session);
  }

  /** Keeps the states that agree with what was seen. */
  function narrow(
    at: number,
    { session }: SessionOperation,
    agrees: (state: SessionState) => boolean,
    why: string,
  ): void {
    const left = (sessions.get(session) ?? []).filter(agrees);
    if (left.length === 0) complain(at, why);
    else sessions.set(session, left);
  }

  /** A logout that is on its way may still end the session that lives. */
  function withLateLogout(session: string, states: readonly SessionState[]): SessionState[] {
    const token = openLogouts.get(session);
    const mayEnd = states.some((state) => state !== 'ended' && state.live === token);
    return mayHappenLate && mayEnd ? [...states, 'ended'] : [...states];
  }

  /** Whether a state came of this very refresh. */
  function cameOf(state: SessionState, { token, key }: { token: string; key?: string }): boolean {
    if (state === 'ended' || key === undefined) return false;
    return state.cameOf?.token === token && state.cameOf.key === key;
  }

  function checkRefreshed(
    at: number,
    operation: Extract<Operation, { kind: 'refreshed' }>,
    isCurrent: (state: SessionState) => boolean,
  ): void {
    const { session, token, next, key } = operation;
    const isRepeated = (state: SessionState) =>
      cameOf(state, operation) && state !== 'ended' && state.live === next;
    const isNew = (sessions.get(session) ?? []).some(isCurrent);
    narrow(
      at,
      operation,
      (state) => isCurrent(state) || isRepeated(state),
      'a token was good that is not the current one',
    );
    if (isNew || !givenTo.has(next)) give(at, session, next);
    sessions.set(session, [{ live: next, cameOf: { token, key } }]);
  }

  function checkSession(at: number, operation: SessionOperation): void {
    const { session } = operation;
    const states = sessions.get(session) ?? [];
    const isCurrent = (state: SessionState) =>
      'token' in operation && state !== 'ended' && state.live === operation.token;
    switch (operation.kind) {
      case 'signed in':
        give(at, session, operation.token);
        sessions.set(session, [{ live: operation.token }]);
        return;
      case 'refreshed':
        checkRefreshed(at, operation, isCurrent);
        return;
      case 'logged out':
        narrow(at, operation, isCurrent, 'a token was good that is not the current one');
        sessions.set(session, ['ended']);
        return;
      case 'refresh refused':
        narrow(
          at,
          operation,
          (state) => !isCurrent(state) && !cameOf(state, operation),
          'the current token was refused, or a retry',
        );
        return;
      case 'logout refused':
        narrow(at, operation, (state) => !isCurrent(state), 'the current token was refused');
        return;
      case 'refresh unknown':
        if (states.some(isCurrent)) {
          const { token, key } = operation;
          const next = { live: successorOf(token), cameOf: { token, key } };
          sessions.set(session, [...states, next]);
        }
        return;
      case 'logout unknown':
        if (states.some(isCurrent)) {
          openLogouts.set(session, operation.token);
          sessions.set(session, [...states, 'ended']);
        }
        return;
      case 'session seen':
        narrow(
          at,
          operation,
          (state) => (state !== 'ended') === operation.isLive,
          operation.isLive ? 'a session lives that has ended' : 'a session is gone',
        );
        sessions.set(session, withLateLogout(session, sessions.get(session) ?? []));
    }
  }

  function checkUser(at: number, { kind, user, name }: UserOperation): void {
    const late = lateNames.get(user) ?? new Set<string>();
    const possible = new Set([...(names.get(user) ?? ['']), ...late]);
    if (kind === 'name read' && !possible.has(name)) {
      complain(at, `the name must be one of ${JSON.stringify([...possible])}`);
    }
    const isUnknown = kind === 'name change unknown';
    if (isUnknown && mayHappenLate) lateNames.set(user, late.add(name));
    names.set(user, isUnknown ? possible.add(name) : new Set([name]));
  }

  function checkShared(
    at: number,
    { kind, name, value }: Extract<Operation, { kind: `shared value ${string}` }>,
  ): void {
    if (kind === 'shared value set') shared.set(name, value);
    else if (shared.get(name) !== value) complain(at, `it should be ${shared.get(name)}`);
  }

  history.forEach((operation, at) => {
    if ('session' in operation) checkSession(at, operation);
    else if ('user' in operation) checkUser(at, operation);
    else if ('name' in operation) checkShared(at, operation);
    else if (operation.kind === 'registered') {
      if (registered.has(operation.email)) complain(at, 'an email was registered twice');
      registered.set(operation.email, operation.id);
      absent.delete(operation.email);
    } else if (operation.kind === 'email looked up') {
      const { email, isTaken } = operation;
      if (!isTaken && registered.has(email)) complain(at, 'a registration is lost');
      if (isTaken && absent.has(email)) complain(at, 'a user came out of nothing');
      if (!isTaken) absent.add(email);
    } else if (operation.kind === 'registration unknown') {
      absent.delete(operation.email);
    } else if (operation.kind === 'unexpected answer') {
      complain(at, 'an answer that nothing explains');
    }
  });

  if (final.integrity !== 'ok') problems.push(`the database is damaged: ${final.integrity}`);
  const stored = new Map(final.users.map((user) => [user.email, user.id]));
  for (const [email, id] of registered) {
    if (stored.get(email) !== id) problems.push(`the user ${id} (${email}) is not in the database`);
  }
  return problems;
}
