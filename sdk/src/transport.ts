import { answerOf, expectOurs } from './api.ts';
import type { Environment } from './environment.ts';
import { networkError } from './errors.ts';
import type { components } from './openapi.ts';

/** What a user signs in with. */
export type Credentials = components['schemas']['Credentials'];

/** What a mail had in it that a sign-in was asked for: the code, with the flow that asked for it. */
export type MailedCode = components['schemas']['MailSignInConfirmation'];

type Without<Name extends string> = { readonly [Member in Name]?: never };

/** Exactly one of them: a code of an authenticator app, a recovery code, or what the browser answered for a passkey. */
export type FactorProof =
  | ({ readonly code: string } & Without<'recovery_code' | 'credential'>)
  | ({ readonly recovery_code: string } & Without<'code' | 'credential'>)
  | (Passkey & Without<'code' | 'recovery_code'>);

/** What ends a sign-in that was answered with `second_factor_required`. */
export type SecondFactor = FactorProof & {
  readonly flow: string;
  /** Whether the device is remembered. */
  readonly remember?: boolean | undefined;
};

/** What a browser answered that was asked for a passkey, as its `toJSON()` has it. */
export interface Passkey {
  readonly credential: object;
}

/** What ends a sign-in that was answered with `second_factor_enrolment_required`: the factor that was added. */
export type Enrolment =
  | components['schemas']['EnrolmentConfirmation']
  | (Omit<components['schemas']['EnrolmentPasskey'], 'credential'> & Passkey);

/** Any way to sign in. A flow with a code can be of a mail or of a sign-in that waits, so it is said which. */
export type SignInProof =
  | Credentials
  | MailedCode
  | { readonly secondFactor: SecondFactor }
  | { readonly enrolment: Enrolment }
  | { readonly passkey: Passkey };

/** What a sign-in and a refresh bring. */
export interface Tokens {
  readonly access_token: string;
  /** Absent where the server keeps it in a cookie that no script can see. */
  readonly refresh_token?: string | undefined;
  /** Of a device that the user wants remembered. Absent where the server keeps it in such a cookie. */
  readonly device_token?: string | undefined;
  /** Of an enrolment that has added the first factor. */
  readonly recovery_codes?: readonly string[] | undefined;
}

export interface SignInRequest {
  /** A token of an earlier session here: shows that the account knows the device. */
  readonly proof?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a session begins, goes on and ends at the server. Each function throws `LatchkeyError`. */
export interface SessionTransport {
  signIn(proof: SignInProof, request: SignInRequest): Promise<Tokens>;
  /** @param request.idempotencyKey the same for each try of one refresh, and for no other */
  refresh(request: {
    readonly refreshToken: string | undefined;
    readonly idempotencyKey: string;
    /** Somebody else has used the token: if the server finds that too, it ends the session at once. */
    readonly reportReuse?: boolean | undefined;
    readonly signal: AbortSignal;
  }): Promise<Tokens>;
  /** Throws unless the server has ended the session, or had before. */
  signOut(request: {
    readonly refreshToken: string | undefined;
    readonly accessToken: string;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /** The refresh token is in a cookie: whether there is a session shows only when one asks. */
  readonly keepsRefreshToken?: boolean | undefined;
}

/** Latchkey's own endpoints, with the refresh token in the body. */
export function apiTransport(baseUrl: string, environment: Environment): SessionTransport {
  async function post(path: string, body: object, init: RequestInit): Promise<Response> {
    const request = new Request(`${baseUrl}${path}`, {
      ...init,
      method: 'POST',
      headers: { ...init.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
    });
    return environment.fetch(request).catch((error) => {
      init.signal?.throwIfAborted();
      throw networkError(error);
    });
  }

  return {
    async signIn(given, { proof, signal }) {
      const headers = proof === undefined ? {} : { authorization: `Bearer ${proof}` };
      const [rest, body] = requestOf(given);
      return tokensOf(await post(`/api/login/${rest}`, body, { headers, signal: signal ?? null }));
    },
    async refresh({ refreshToken, idempotencyKey, reportReuse, signal }) {
      const headers = { 'idempotency-key': idempotencyKey };
      const body = { refresh_token: refreshToken, ...(reportReuse && { report_reuse: true }) };
      return tokensOf(await post('/api/refresh/', body, { headers, signal }));
    },
    async signOut({ refreshToken, signal }) {
      const body = { refresh_token: refreshToken, report_reuse: true };
      // It still arrives when the page goes away.
      const response = await post('/api/logout/', body, { signal, keepalive: true });
      await expectOurs(answerOf<{ success: unknown }>(response), 'success');
    },
  };
}

/** The rest of the path, and the body. */
function requestOf(proof: SignInProof): readonly [rest: string, body: object] {
  if ('secondFactor' in proof) return ['second-factor/', proof.secondFactor];
  if ('passkey' in proof) return ['passkey/', proof.passkey];
  if ('enrolment' in proof) {
    const { enrolment } = proof;
    return [`enrolment/${'credential' in enrolment ? 'passkey' : 'confirm'}/`, enrolment];
  }
  return ['code' in proof ? 'mail/confirm/' : '', proof];
}

/** @throws LatchkeyError if the answer is not a success, is not one of Latchkey, or breaks off */
export async function tokensOf(response: Response): Promise<Tokens> {
  return expectOurs(answerOf<Tokens>(response), 'access_token');
}
