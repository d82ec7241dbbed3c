import { configLabel } from './config-options.ts';
import { minSecretBytes } from './secret-strength.ts';

/** Reads the secrets of the configuration; adds what is wrong with them to the errors. */

/** Older secrets that are still accepted: a bad token is tried with each of them. */
export const maxFallbacks = 8;

/**
 * White space around a secret does not belong to it, in the environment, the list and the file: a shell or an editor
 * adds a newline that nobody sees, and one day the secret is given without it.
 */
export function readSecret(text: string | undefined, problems: string[]): string | undefined {
  const secret = text?.trim();
  if (secret !== undefined && Buffer.byteLength(secret) < minSecretBytes) {
    problems.push(
      `${configLabel('secretKey')}: shorter than ${minSecretBytes} bytes, which can be guessed. ` +
        'Make one with "openssl rand -base64 48", or leave it out to have one generated.',
    );
  }
  return secret;
}

/** One of a list: in double quotes where it has commas or white space in it. */
const entry = /(?<=^|[\s,])"([^"]+)"(?=$|[\s,])|[^\s,]+/g;

/** Secrets in a row, with commas or white space between them. */
export function readFallbacks(text = '', problems: string[]): readonly string[] {
  const label = configLabel('secretKeyFallbacks');
  const secrets = [...text.matchAll(entry)].map(([whole, quoted]) => (quoted ?? whole).trim());
  secrets.forEach((secret, index) => {
    if (Buffer.byteLength(secret) >= minSecretBytes) return;
    problems.push(
      `${label}: number ${index + 1} is shorter than ${minSecretBytes} bytes, which no secret was. ` +
        'A secret with commas or spaces in it has to stand in double quotes.',
    );
  });
  if (secrets.length > maxFallbacks) {
    problems.push(
      `${label}: more than ${maxFallbacks}. Leave out those that nothing needs any more.`,
    );
  }
  return secrets;
}
