/** HS256 wants a key at least as long as its hash (RFC 7518 3.2). */
export const minSecretBytes = 32;

/** What people put where a secret belongs. */
const words =
  /secret|change-?_?me|password|passwd|latchkey|example|insecure|django|default|replace|please|admin|test|key|jwt|token/gi;

/** Less than this, and guessing is no longer out of reach. */
const leastBits = 80;

/** Whether a secret looks as if it could be guessed. One made at random never does. */
export function isGuessable(secret: string): boolean {
  const rest = withoutRuns(onePeriod(secret.replace(words, '')));
  return bitsPerCharacter(rest) * rest.length < leastBits;
}

/** The part that a text repeats: `abab` is `ab`. */
function onePeriod(text: string): string {
  const period = `${text}${text}`.indexOf(text, 1);
  return text.slice(0, Math.max(period, 0));
}

/** Without what goes on as it began: `aaaa`, `1234`, `dcba`. */
function withoutRuns(text: string): string {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  const step = (index: number) => (codes[index] ?? 0) - (codes[index - 1] ?? 0);
  return codes
    .filter(
      (_code, index) => index < 2 || Math.abs(step(index)) > 1 || step(index) !== step(index - 1),
    )
    .map((code) => String.fromCodePoint(code))
    .join('');
}

/** The information in a character, by how often each one occurs in the text (Shannon). */
function bitsPerCharacter(text: string): number {
  const counts = [...Map.groupBy(text, (character) => character).values()].map((of) => of.length);
  return counts.reduce((bits, count) => {
    const share = count / text.length;
    return bits - share * Math.log2(share);
  }, 0);
}
