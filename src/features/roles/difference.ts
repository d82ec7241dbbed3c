/** What a list has to gain and to lose to become another. */
export function difference<T>(before: readonly T[], after: readonly T[]) {
  return {
    added: after.filter((item) => !before.includes(item)),
    removed: before.filter((item) => !after.includes(item)),
  };
}
