import { addApp, shownCode } from '../authenticator.ts';
import { goodPassword, type SignedUp, type TestServer } from '../harness.ts';
import { type Authenticator, addPasskey, newAuthenticator } from '../webauthn.ts';

/** People in each state of their factors and of their email. */

export const factorStates = ['none', 'app', 'passkey', 'app and passkey'] as const;
export type FactorState = (typeof factorStates)[number];

/** What a second factor is proved with. */
export type Method = 'totp' | 'recovery_code' | 'passkey';

/** What a server asks for, where it asks for a passkey. */
type AskPasskey = () => Promise<Parameters<Authenticator['get']>[0]>;

export interface Person extends SignedUp {
  /** The members of a body that prove it. */
  prove(method: Method, askPasskey: AskPasskey): Promise<Record<string, unknown>>;
  /** What they have to sign in with alone. */
  readonly passkey: Authenticator;
}

/** What each state can prove a second factor with. */
export const methodsOf: Readonly<Record<FactorState, readonly Method[]>> = {
  none: [],
  app: ['totp', 'recovery_code'],
  passkey: ['passkey', 'recovery_code'],
  'app and passkey': ['passkey', 'totp', 'recovery_code'],
};

/** What of the row of a user says what their email is worth, by its state. `nowMs`: after they have added their factors. */
const emailColumns = {
  proven: () => ({ email_verified_at_ms: 1 }),
  'not proven': () => ({}),
  'given and not proven': () => ({ is_email_given: 1 }),
  'entered after the factors and not proven': (nowMs: number) => ({ email_set_at_ms: nowMs + 1 }),
};
export type EmailState = keyof typeof emailColumns;
export const emailStates = Object.keys(emailColumns) as EmailState[];

/** Somebody with factors; may do everything, because one door is for administrators. */
export async function addPerson(
  server: TestServer,
  state: FactorState,
  email: EmailState = 'proven',
): Promise<Person> {
  const user = await server.signUpAdmin('superuser');
  const passkey = newAuthenticator();
  const hasApp = state.startsWith('app');
  const app = hasApp ? await addApp(server, user) : undefined;
  let codes = app?.recoveryCodes ?? [];
  if (state.endsWith('passkey')) {
    const added = await addPasskey(server, user.access_token, passkey);
    if (!app) codes = added.body.recovery_codes;
  }
  const { db } = server.deps.database;
  // Every state sets something, if only what is there.
  const columns = { is_email_given: 0, ...emailColumns[email](server.clock.nowMs()) };
  await db.updateTable('users').set(columns).where('id', '=', user.id).execute();
  return {
    ...user,
    passkey,
    async prove(method, askPasskey) {
      switch (method) {
        case 'totp':
          return { code: shownCode(server, app?.secret ?? '') };
        case 'recovery_code':
          return { recovery_code: codes[0] };
        case 'passkey':
          return { credential: passkey.get(await askPasskey()) };
      }
    },
  };
}

/** The sessions of a user that live, the newest last. */
export function liveSessions({ deps: { database } }: TestServer, userId: number) {
  return database.db
    .selectFrom('sessions')
    .select(['id', 'auth_level', 'amr', 'impersonator_id'])
    .where('user_id', '=', userId)
    .where('end_cause', 'is', null)
    .orderBy('id')
    .execute();
}

/** Remembers a device of a user. */
export async function addDevice(
  { deps: { database }, clock }: TestServer,
  { id, email }: SignedUp,
) {
  const times = { created_at_ms: clock.nowMs(), expires_at_ms: clock.nowMs() + 86_400_000 };
  const device = { device: 'Laptop', ip: null, factor_epoch: 0 };
  const row = { user_id: id, token_hash: `device of ${email}`, ...device, ...times };
  await database.db.insertInto('trusted_devices').values(row).execute();
}

/** What somebody who reads the mail alone must not change of an account that has a factor. */
export async function stateOf(server: TestServer, userId: number) {
  const { db } = server.deps.database;
  const user = await db
    .selectFrom('users')
    .select(['password_hash', 'email_verified_at_ms', 'factor_level'])
    .where('id', '=', userId)
    .executeTakeFirstOrThrow();
  const devices = await db
    .selectFrom('trusted_devices')
    .select('device')
    .where('user_id', '=', userId)
    .execute();
  return { ...user, devices, sessions: await liveSessions(server, userId) };
}

export const credentialsOf = ({ email }: SignedUp) => ({ email, password: goodPassword });
