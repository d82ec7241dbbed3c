import { type Answer, type Api, expectOurs, unwrap } from './api.ts';
import type { CallOptions } from './client.ts';
import { type ErrorCode, LatchkeyError } from './errors.ts';
import type { components } from './openapi.ts';
import type { Session } from './session.ts';
import type { SessionKeeper } from './session-keeper.ts';
import type { Enrolment } from './transport.ts';

type Schemas = components['schemas'];
export type Factors = Schemas['FactorList'];
/** An authenticator app that waits for its first code. */
export type NewAuthenticatorApp = Schemas['NewAuthenticatorApp'];

/** What a sign-in waits for that was answered with `second_factor_required`. */
export interface SignInFactor {
  /** For `finishSignIn`. */
  readonly flow: string;
  /** What the user has. */
  readonly methods: readonly ('totp' | 'recovery_code' | 'passkey')[];
  /** In how many seconds the sign-in has to begin again. */
  readonly expiresInSeconds: number;
  /** For how long `remember` keeps the device; 0: not at all. */
  readonly rememberForSeconds: number;
}

/** What `resetPassword` waits for that was answered so: call it again with `second_factor`. */
export interface ResetFactor {
  readonly flow?: undefined;
  readonly methods: SignInFactor['methods'];
  readonly expiresInSeconds?: undefined;
  readonly rememberForSeconds?: undefined;
}

/** A sign-in has a `flow`, a reset has none. */
export type NeededFactor = SignInFactor | ResetFactor;

/** What a sign-in, or a reset, waits for that has failed with this error; undefined: it failed for another reason. */
export const neededFactorOf = (error: unknown) =>
  neededOf(error, 'second_factor_required') as NeededFactor | undefined;

/** What a sign-in waits for that was answered with `second_factor_enrolment_required`: a factor has to be added first. */
export interface NeededEnrolment {
  /** For `beginEnrolment` and `finishEnrolment`. */
  readonly flow: string;
  /** What may be added. */
  readonly methods: readonly ('totp' | 'passkey')[];
  /** For how long `remember` keeps the device; 0: not at all. */
  readonly rememberForSeconds: number;
  /** In how many seconds the sign-in has to begin again. */
  readonly expiresInSeconds: number;
}

/** What a sign-in waits for that has failed with this error; undefined: it failed for another reason. */
export const neededEnrolmentOf = (error: unknown) =>
  neededOf(error, 'second_factor_enrolment_required') as NeededEnrolment | undefined;

function neededOf(error: unknown, code: ErrorCode): object | undefined {
  const { problem } = error instanceof LatchkeyError && error.code === code ? error : {};
  if (!problem) return undefined;
  const { flow, methods, expires_in, remember_for } = problem;
  return { flow, methods, expiresInSeconds: expires_in, rememberForSeconds: remember_for };
}

/** A session that has begun with a factor that was added for it. */
export interface EnrolledSession {
  readonly session: Session;
  /** To be shown this once. Empty if the user has some already. */
  readonly recoveryCodes: readonly string[];
}

export interface FactorChange {
  /** Whether all other sessions of the user end. */
  readonly endOtherSessions?: boolean;
}

/** What users do with their factors. All but the list needs recent authentication. */
export interface FactorCalls {
  listFactors(options?: CallOptions): Promise<Factors>;
  /** Begins to add one: show its QR code, and send a code that the app shows to `confirmAuthenticatorApp`. */
  addAuthenticatorApp(name?: string, options?: CallOptions): Promise<NewAuthenticatorApp>;
  /** @returns the recovery codes that come with the first factor, which are told once; else none */
  confirmAuthenticatorApp(
    id: number,
    proof: FactorChange & { readonly code: string },
    options?: CallOptions,
  ): Promise<string[]>;
  renameAuthenticatorApp(id: number, name: string, options?: CallOptions): Promise<void>;
  removeAuthenticatorApp(id: number, change?: FactorChange, options?: CallOptions): Promise<void>;
  /** @returns new ones; the earlier ones are not valid any more */
  replaceRecoveryCodes(options?: CallOptions): Promise<string[]>;
  /** Begins an authenticator app for a sign-in that waits for one: as `addAuthenticatorApp`, for `finishEnrolment`. */
  beginEnrolment(
    enrolment: { readonly flow: string; readonly name?: string },
    options?: CallOptions,
  ): Promise<NewAuthenticatorApp>;
  /** Adds the factor, by a code that the app shows, and signs in with it. For a passkey: `enrolPasskey`. */
  finishEnrolment(enrolment: Enrolment, options?: CallOptions): Promise<EnrolledSession>;
}

export function factorCalls(api: Api, keeper: Pick<SessionKeeper, 'signIn'>): FactorCalls {
  const path = '/api/me/factors/{id}/';
  const ofId = (id: number) => ({ path: { id } });
  const changeOf = ({ endOtherSessions = false }: FactorChange) => ({
    end_other_sessions: endOtherSessions,
  });
  const codesOf = async (answer: Promise<Answer<Schemas['RecoveryCodes']>>) =>
    (await expectOurs(answer, 'recovery_codes')).recovery_codes;
  return {
    listFactors: (call) => expectOurs(api.GET('/api/me/factors/', call), 'recovery_codes_left'),
    addAuthenticatorApp: (name, call) =>
      expectOurs(
        api.POST('/api/me/factors/', {
          ...{ body: { kind: 'totp', ...(name !== undefined && { name }) }, ...call },
        }),
        'secret',
      ),
    confirmAuthenticatorApp(id, { code, ...change }, call) {
      const body = { code, ...changeOf(change) };
      return codesOf(api.POST(`${path}confirm/`, { params: ofId(id), body, ...call }));
    },
    async renameAuthenticatorApp(id, name, call) {
      await unwrap(api.PATCH(path, { params: ofId(id), body: { name }, ...call }));
    },
    async removeAuthenticatorApp(id, change = {}, call) {
      await unwrap(api.DELETE(path, { params: ofId(id), body: changeOf(change), ...call }));
    },
    replaceRecoveryCodes: (call) => codesOf(api.POST('/api/me/factors/recovery-codes/', call)),
    beginEnrolment: (enrolment, call) =>
      expectOurs(
        api.POST('/api/login/enrolment/', { body: { kind: 'totp', ...enrolment }, ...call }),
        'secret',
      ),
    async finishEnrolment(enrolment, call) {
      const { session, tokens } = await keeper.signIn({ enrolment }, call?.signal);
      return { session, recoveryCodes: tokens.recovery_codes ?? [] };
    },
  };
}
