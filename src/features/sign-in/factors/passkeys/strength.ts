/**
 * How strong a use of a passkey is, and what it is called (RFC 8176): `hwk` for a key that cannot leave its hardware, `swk`
 * for one that is copied.
 */
export function strengthOf({
  isUserVerified,
  isBackupEligible,
}: {
  readonly isUserVerified: boolean;
  readonly isBackupEligible: boolean;
}) {
  const key = isBackupEligible ? 'swk' : 'hwk';
  return isUserVerified
    ? { level: 3 as const, amr: ['pop', 'user', key] }
    : { level: 2 as const, amr: ['pop', key] };
}
