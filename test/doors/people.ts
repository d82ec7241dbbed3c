import { addApp, shownCode } from '../authenticator.ts';
import { goodPassword, type SignedUp, type TestServer } from '../harness.ts';
import { type Authenticator, addPasskey, newAuthenticator } from '../webauthn.ts';

/** People in each state of their factors. */

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

/** Somebody with factors, whose email is proven or not; may do everything, because one door is for administrators. */
export async function addPerson(
  server: TestServer,
  state: FactorState,
  isEmailProven: boolean,
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
  if (isEmailProven) {
    const { db } = server.deps.database;
    const proven = { email_verified_at_ms: 1 };
    await db.updateTable('users').set(proven).where('id', '=', user.id).execute();
  }
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

export const credentialsOf = ({ email }: SignedUp) => ({ email, password: goodPassword });
