import { isRpId, type RelyingParty, relyingPartyOf } from '../lib/relying-party.ts';
import { configLabel, type Given } from './config-options.ts';
import { isOrigin, readList } from './network-config.ts';

/** Of one person or company there are few. */
const maxOrigins = 50;

export interface PasskeyConfig {
  /** Whose passkeys they are; undefined: nobody's, because the public URL has an IP. */
  readonly relyingParty: RelyingParty | undefined;
  /** The RP ID that is given; undefined: it follows from the public URL. */
  readonly passkeyRpId: string | undefined;
  /** RP IDs whose passkeys are given up. */
  readonly formerRpIds: readonly string[];
}

/** Reads whose passkeys they are, and adds errors to the list. */
export function readPasskeys(
  given: Given,
  publicUrl: string | undefined,
  errors: string[],
): PasskeyConfig {
  const rpId = given('passkeyRpId');
  const formerRpIds = readList(given('passkeyFormerRpIds'));
  for (const [name, id] of [
    ['passkeyRpId', rpId],
    ...formerRpIds.map((former) => ['passkeyFormerRpIds', former] as const),
  ] as const) {
    if (id === undefined || isRpId(id)) continue;
    errors.push(
      `${configLabel(name)}: "${id}" is not a domain. Give one without scheme and port, in lower case: example.com.`,
    );
  }
  const origins = readOrigins(given('passkeyOrigins'), errors);
  const isUsable = rpId === undefined || isRpId(rpId);
  return {
    relyingParty: isUsable ? relyingPartyOf(publicUrl, { rpId, origins }) : undefined,
    passkeyRpId: rpId,
    formerRpIds,
  };
}

/** Of pages, and of apps: Android names them by the hash of the certificate that they are signed with. */
function readOrigins(text: string | undefined, errors: string[]): string[] {
  const origins = readList(text);
  for (const origin of origins) {
    if (isOrigin(origin) || /^android:apk-key-hash:[\w-]{43}$/.test(origin)) continue;
    errors.push(
      `${configLabel('passkeyOrigins')}: "${origin}" is not an origin. Give scheme, host and port, without a path: ` +
        'https://app.example.com; or android:apk-key-hash: and 43 characters, for an Android app.',
    );
  }
  if (origins.length > maxOrigins) {
    errors.push(`${configLabel('passkeyOrigins')}: these are more than ${maxOrigins} origins.`);
  }
  return origins;
}
