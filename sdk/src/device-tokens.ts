import type { LatchkeyError } from './errors.ts';
import type { SessionTransport, SignInProof, SignInRequest, Tokens } from './transport.ts';

/**
 * Keeps the tokens of remembered devices: with one of them a sign-in is not asked for the second factor. They are as secret
 * as a refresh token, and useless without the password. One that fails is none: nobody's sign-in waits for it.
 */
export interface DeviceTokens {
  /** @param email of the sign-in, in lower case; `''` if it goes on in another client than the one that began it */
  read(email: string): string | undefined | Promise<string | undefined>;
  /** @param token undefined: the server knows the device no longer */
  write(token: string | undefined, email: string): void | Promise<void>;
}

/** The sign-in of a transport, on a device that may be remembered. */
export function deviceSignIn(transport: SessionTransport, devices: DeviceTokens) {
  /** The last that was signed in with: a code or a second factor is sent without it. */
  let last = '';

  function noteEmail(email: string): void {
    last = `${email}`.toLowerCase();
  }

  async function signIn(given: SignInProof, request: SignInRequest): Promise<Tokens> {
    if ('email' in given) noteEmail(given.email);
    const email = last;
    const known = await quietly(() => devices.read(email));
    try {
      // Beside a second factor it says nothing.
      const proof = known ? { device_token: known, ...given } : given;
      const tokens = await transport.signIn(proof, request);
      const { device_token } = tokens;
      if (device_token) await quietly(() => devices.write(device_token, email));
      return tokens;
    } catch (error) {
      const { problem } = error as Partial<LatchkeyError>;
      // The password was right, and the device did not help: it is over.
      const isOver = known && problem?.code.startsWith('second_');
      if (isOver) await quietly(() => devices.write(undefined, email));
      throw error;
    }
  }

  return { signIn, noteEmail };
}

/** Without the device rather than not at all. */
async function quietly<T>(task: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch {
    return undefined;
  }
}
