import { type Answer, type Api, unwrap } from './api.ts';
import type { CallOptions } from './client.ts';
import { LatchkeyError } from './errors.ts';
import type { components } from './openapi.ts';

type Schemas = components['schemas'];
export type Factors = Schemas['FactorList'];
/** An authenticator app that waits for its first code. */
export type NewAuthenticatorApp = Schemas['NewAuthenticatorApp'];

/** What a sign-in waits for, where `signIn` is answered with `second_factor_required`. */
export interface NeededFactor {
  /** For `finishSignIn`. */
  readonly flow: string;
  /** What the user has. */
  readonly methods: readonly ('totp' | 'recovery_code' | 'passkey')[];
  /** In how many seconds the sign-in has to begin again. */
  readonly expiresInSeconds: number;
}

/** What a sign-in waits for that has failed with this error; undefined: it failed for another reason. */
export function neededFactorOf(error: unknown): NeededFactor | undefined {
  const problem = error instanceof LatchkeyError ? error.problem : undefined;
  if (problem?.code !== 'second_factor_required') return undefined;
  const { flow, methods, expires_in } = problem as unknown as {
    readonly flow: string;
    readonly methods: NeededFactor['methods'];
    readonly expires_in: number;
  };
  return { flow, methods, expiresInSeconds: expires_in };
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
  /** @returns new ones; those before are good no longer */
  replaceRecoveryCodes(options?: CallOptions): Promise<string[]>;
}

/** @param expect gives the data of an answer that has a member, or throws */
export function factorCalls(
  api: Api,
  expect: <Data extends object>(call: Promise<Answer<Data>>, member: keyof Data) => Promise<Data>,
): FactorCalls {
  const ofId = (id: number) => ({ path: { id } });
  const changeOf = ({ endOtherSessions: end }: FactorChange) =>
    end === undefined ? {} : { end_other_sessions: end };
  const path = '/api/me/factors/{id}/';
  return {
    listFactors: (call) => expect(api.GET('/api/me/factors/', call), 'recovery_codes_left'),
    addAuthenticatorApp: (name, call) =>
      expect(
        api.POST('/api/me/factors/', {
          ...{ body: { kind: 'totp', ...(name !== undefined && { name }) }, ...call },
        }),
        'secret',
      ),
    async confirmAuthenticatorApp(id, { code, ...change }, call) {
      const body = { code, ...changeOf(change) };
      const sent = { params: ofId(id), body, ...call };
      const answer = api.POST('/api/me/factors/{id}/confirm/', sent);
      return (await expect(answer, 'recovery_codes')).recovery_codes;
    },
    async renameAuthenticatorApp(id, name, call) {
      await unwrap(api.PATCH(path, { params: ofId(id), body: { name }, ...call }));
    },
    async removeAuthenticatorApp(id, change = {}, call) {
      await unwrap(api.DELETE(path, { params: ofId(id), body: changeOf(change), ...call }));
    },
    async replaceRecoveryCodes(call) {
      const answer = api.POST('/api/me/factors/recovery-codes/', call);
      return (await expect(answer, 'recovery_codes')).recovery_codes;
    },
  };
}
