/**
 * The WebAuthn Relying Party (WebAuthn Level 3, 4): whose passkeys they are. A passkey works for the RP ID that it was
 * made for and for no other, so the RP ID is decided once.
 */
export interface RelyingParty {
  /** A domain; or `localhost`. */
  readonly id: string;
  /** Whose pages and apps may use its passkeys. With the id `localhost`, pages of every port may. */
  readonly origins: readonly string[];
}

/** Whether a host is this machine. Passkeys know it by its name alone: an IP cannot be an RP ID (WebAuthn Level 3, 5.1.2). */
const isThisMachine = (host: string) => /^(127\..*|\[::1\]|localhost)$/.test(host);
const isIp = (host: string) => /^(\[.*\]|[\d.]+)$/.test(host);

/** Whether a text can be an RP ID: a domain, in ASCII and lower case. */
export function isRpId(text: string): boolean {
  const label = '[a-z\\d]([a-z\\d-]*[a-z\\d])?';
  return new RegExp(`^${label}(\\.${label})*$`).test(text) && !isIp(text) && text.length <= 253;
}

/**
 * @param publicUrl where people reach the server; undefined: on this machine
 * @param given what the configuration says of it
 * @returns undefined if the public URL has an IP and an RP ID is not given: there are no passkeys then
 */
export function relyingPartyOf(
  publicUrl: string | undefined,
  given: { readonly rpId?: string | undefined; readonly origins?: readonly string[] },
): RelyingParty | undefined {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl);
  const host = url?.hostname ?? 'localhost';
  const id = given.rpId ?? (isThisMachine(host) ? 'localhost' : host);
  if (isIp(id)) return undefined;
  const own = url && !isIp(host) ? [url.origin] : [];
  return { id, origins: [...new Set([...own, ...(given.origins ?? [])])] };
}

/** Whether a server can check a passkey: it may have had another RP ID when it was made, or have none any more. */
export function isUsablePasskey(
  relyingParty: RelyingParty | undefined,
  { rpId }: { readonly rpId: string },
): boolean {
  return rpId === relyingParty?.id;
}

/** Whether a page, or an app, of this origin may use the passkeys. */
export function isOriginOf({ id, origins }: RelyingParty, origin: string): boolean {
  if (origins.includes(origin)) return true;
  return id === 'localhost' && /^https?:\/\/localhost(:\d{1,5})?$/.test(origin);
}

/** The origins that are web pages (WebAuthn Level 3, 5.11): apps are not listed for browsers. */
export function webOrigins({ origins }: RelyingParty): string[] {
  return origins.filter((origin) => /^https?:/.test(origin));
}
