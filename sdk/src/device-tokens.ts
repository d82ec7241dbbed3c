import type { LatchkeyError } from './errors.ts';
import type {
  Enrolment,
  SecondFactor,
  SessionTransport,
  SignInProof,
  SignInRequest,
  Tokens,
} from './transport.ts';

/**
 * Keeps the tokens of remembered devices: with one of them a sign-in is not asked for the second factor. They are as secret
 * as a refresh token, and useless without the password. One that fails is none: nobody's sign-in waits for it.
 */
export interface DeviceTokens {
  /** @param email of the sign-in, in lower case; `''` if it goes on with another storage than that in which it began */
  read(email: string): string | null | undefined | Promise<string | null | undefined>;
  /** @param token undefined: the server knows the device no longer */
  write(token: string | undefined, email: string): void | Promise<void>;
}

/** What is stored beside the session, and outlives the page. */
interface Notes {
  read(of: Noted, key: string): Promise<string | undefined>;
  write(of: Noted, key: string, value: string | undefined): Promise<void>;
}

/** With the members of each kind. */
interface AnyProof {
  readonly secondFactor?: SignInProof | Enrolment | SecondFactor;
  readonly enrolment?: SignInProof | Enrolment;
}

type Noted = 'devices' | 'emails';

/**
 * The sign-in of a transport, on a device that may be remembered.
 *
 * @param kept where the application keeps the tokens; without it they are beside the session
 */
export function deviceSignIn(transport: SessionTransport, notes: Notes, kept?: DeviceTokens) {
  const devices: DeviceTokens = kept ?? {
    read: (email) => notes.read('devices', email),
    write: (token, email) => notes.write('devices', email, token),
  };

  /** A mailed code and a second factor are sent with their flow alone, and perhaps after a page load. */
  const noteFlow = (flow: string, email: string) =>
    quietly(() => notes.write('emails', flow, lowerCase(email)));

  async function emailOf(proof: SignInProof): Promise<string> {
    if ('email' in proof) return lowerCase(proof.email);
    // A passkey alone, which remembers no device, has none here.
    const { enrolment = proof, secondFactor = enrolment } = proof as AnyProof;
    const { flow } = secondFactor as { readonly flow: string };
    return (await quietly(() => notes.read('emails', flow))) ?? '';
  }

  async function signIn(given: SignInProof, request: SignInRequest): Promise<Tokens> {
    const email = await emailOf(given);
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
      if (problem?.code.startsWith('second_')) {
        // The password was right, and the device did not help: it is over.
        if (known) await quietly(() => devices.write(undefined, email));
        if (problem.flow) await noteFlow(problem.flow as string, email);
      }
      throw error;
    }
  }

  return { signIn, noteFlow };
}

const lowerCase = (email: string) => String(email).toLowerCase();

/** Without the device rather than not at all. */
async function quietly<T>(task: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch {
    return undefined;
  }
}
