import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { buildInto } from '../tools/build.ts';

/** The package as an application has it: its types, with each compiler and kind of module, and its code. */

const run = promisify(execFile);
const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The oldest that is supported, which this package brings, and the newest, which checks Latchkey. */
const compilers = {
  oldest: inRepository('sdk/node_modules/typescript/bin/tsc'),
  newest: inRepository('node_modules/typescript/bin/tsc'),
};

/** Uses everything, as an application would that is checked as strictly as can be. */
const application = `
import {
  browserStorage, createLatchkey, errorOf, LatchkeyError, memoryStorage, neededEnrolmentOf, neededFactorOf, tabStorage,
  tokensOf, unwrap,
  type CallOptions, type components, type DeviceTokens, type EnrolledSession, type Credentials, type ErrorCode, type FactorProof, type Latchkey, type LatchkeyOptions,
  type OwnSession, type Profile, type Session, type SessionEnd, type SecondFactor, type SessionEndCause, type SessionStorage,
  type SessionTransport, type Tokens,
} from 'latchkey-client';

declare const signal: AbortSignal | undefined;
declare const credentials: Credentials;
const call: CallOptions = { signal };
const options: LatchkeyOptions = {
  baseUrl: undefined,
  storage: signal ? browserStorage() : tabStorage(),
  origins: ['https://api.example.com'],
  transport: undefined,
  onSessionStart: undefined,
  onSessionEnd({ cause, session }: SessionEnd) {
    const known: SessionEndCause = cause;
    const id: number = session.userId;
    return [known, id];
  },
};
const storage: SessionStorage = memoryStorage();
const transport: SessionTransport = {
  keepsRefreshToken: true,
  signIn: async (given: Credentials): Promise<Tokens> => tokensOf(new Response(given.email)),
  refresh: async ({ idempotencyKey, signal }) => tokensOf(await fetch(idempotencyKey, { signal })),
  signOut: async ({ accessToken }) => { throw await errorOf(new Response(accessToken)); },
};
const deviceTokens: DeviceTokens = {
  read: (email) => email === '' ? undefined : localStorage.getItem(email),
  write: async (token, email) => {},
};
const asynchronous: DeviceTokens = { ...deviceTokens, read: async () => null };
const client: Latchkey = createLatchkey({ ...options, storage, transport, deviceTokens: signal ? asynchronous : deviceTokens });

export async function signInAll(code: string): Promise<Session | EnrolledSession | undefined> {
  try {
    return await client.signIn({ ...credentials, device_token: 'token' });
  } catch (error) {
    const needed = neededFactorOf(error);
    // @ts-expect-error a reset has no flow
    const always: string = needed?.flow;
    if (needed?.flow) {
      const { flow, rememberForSeconds } = needed;
      return client.finishSignIn({ flow, code, remember: rememberForSeconds > 0 }, call);
    }
    const enrolment = neededEnrolmentOf(error);
    if (!enrolment?.methods.includes('totp')) throw error;
    const { id } = await client.beginEnrolment({ flow: enrolment.flow, name: always }, call);
    return client.finishEnrolment({ flow: enrolment.flow, id, code }, call);
  }
}

export async function useFactors(password: string, code: string, recovery_code: string): Promise<void> {
  const flow = 'flow';
  const credential: object = {};
  for (const second_factor of [{ code }, { recovery_code }, { credential }]) {
    await client.resetPassword({ flow, code, password, second_factor }, call);
    await client.resetPassword({ token: 'token', password, second_factor });
    await client.finishSignIn({ flow, ...second_factor });
  }
  await client.resetPassword({ flow, code, password });
  // @ts-expect-error one is needed
  await client.resetPassword({ flow, code, password, second_factor: {} });
  // @ts-expect-error one, not two
  await client.resetPassword({ flow, code, password, second_factor: { code, recovery_code } });
  // @ts-expect-error one is needed
  await client.finishSignIn({ flow });
  // @ts-expect-error one, not two
  await client.finishSignIn({ flow, code, recovery_code });
  // @ts-expect-error one, not two
  await client.finishSignIn({ flow, code, credential });
  const factor: FactorProof = { recovery_code };
  const whole: SecondFactor = { ...factor, flow, remember: undefined };
  await client.finishSignIn(whole);
}

export async function useIt(): Promise<unknown> {
  const session: Session | undefined = await client.ready(call);
  const profile: Profile = await client.signUp(credentials, call);
  await client.signIn(credentials, { signal });
  const name: string = (await client.changeProfile({ username: 'ada' }, call)).username;
  await client.changePassword({ current_password: 'a', new_password: 'b' }, call);
  const sessions: OwnSession[] = await client.listSessions(call);
  await client.endSession(7, call);
  const ended: number = await client.endOtherSessions(call);
  const token: string | undefined = await client.accessToken(call);
  const response: Response = await client.fetch(new URL('https://api.example.com'), { method: 'PUT' });
  const { data, error } = await client.api.GET('/api/me/', { signal });
  const code: ErrorCode | undefined = error?.code;
  const email: string | undefined = data?.email;
  const all = await unwrap(client.api.GET('/api/me/export/'));
  const id: number = all.user.id;
  await client.api.DELETE('/api/sessions/{id}/', { params: { path: { id: 7 } } });
  await client.api.DELETE('/api/sessions/', { params: { query: { keep_current: false } } });
  // @ts-expect-error it needs its path
  await client.api.DELETE('/api/sessions/{id}/');
  // @ts-expect-error there is none
  await client.api.GET('/api/nothing/');
  // @ts-expect-error it has another body
  await client.api.POST('/api/register/', { body: { name: 'ada' } });
  const problem: components['schemas']['Problem'] | undefined = error?.problem;
  const signedOut: boolean = await client.signOut(call);
  client.close();
  if (error instanceof LatchkeyError) return error.fields['email']?.[0];
  return [session, profile, name, sessions, ended, token, response, code, email, id, problem, signedOut];
}
`;

/** Where the types of the platform know it. */
const disposing = `
import { createLatchkey } from 'latchkey-client';
export async function useOnce() {
  using client = createLatchkey();
  return await client.ready();
}
`;

const common = {
  target: 'es2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  skipDefaultLibCheck: true, // those of the compiler itself
  noEmit: true,
  types: [],
};
const asModule = ['app.mts'];
const asBoth = ['app.mts', 'app.cts'];
const projects = {
  node16: { module: 'node16', lib: ['es2023', 'dom'], files: asBoth },
  nodenext: { module: 'nodenext', lib: ['es2022', 'dom'], files: asBoth },
  bundler: {
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2023', 'dom', 'esnext.disposable'],
    files: [...asModule, 'disposing.mts'],
  },
};

const temporary = temporaryFolder();
const folder = temporary.path;
afterAll(() => temporary[Symbol.dispose]());
beforeAll(async () => {
  const packaged = join(folder, 'node_modules/latchkey-client');
  mkdirSync(packaged, { recursive: true });
  await buildInto(join(packaged, 'dist'));
  copyFileSync(inRepository('sdk/package.json'), join(packaged, 'package.json'));
  for (const name of asBoth) writeFileSync(join(folder, name), application);
  writeFileSync(join(folder, 'disposing.mts'), disposing);
  for (const [name, { files, ...options }] of Object.entries(projects)) {
    const project = { files, compilerOptions: { ...common, ...options } };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(project));
  }
});

describe.each(Object.entries(compilers))('the %s TypeScript', (_age, compiler) => {
  test.each(Object.keys(projects))('takes the types with the modules of %s', async (name) => {
    const outcome = await run(process.execPath, [
      compiler,
      '-p',
      join(folder, `${name}.json`),
    ]).then(
      () => 'no error',
      ({ stdout }) => stdout,
    );
    expect(outcome).toBe('no error');
  });
});

test('the code runs as a module and as CommonJS, and its errors are of one kind', async () => {
  const programs = {
    module: "import * as client from 'latchkey-client'; console.log(Object.keys(client).length)",
    commonjs: "console.log(Object.keys(require('latchkey-client')).length)",
  };
  for (const [type, program] of Object.entries(programs)) {
    const flags = [`--input-type=${type}`, '--eval', program];
    const { stdout } = await run(process.execPath, flags, { cwd: folder });
    expect(Number(stdout)).toBe(10);
  }
});
