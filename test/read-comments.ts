/** Reads the comments and the names of tests in TypeScript, without code in backquotes. */

const comment = /\/\*\*?([\s\S]*?)\*\/|(?<![:'"`])\/\/ (.*)$/gm;
const testName = /\b(?:test|describe)(?:\.\w+)*\(\s*(['"`])(.*?)\1/g;

export function commentsOf(source: string): string[] {
  const comments = [...source.matchAll(comment)].map(([, block, line]) => block ?? line ?? '');
  const names = [...source.matchAll(testName)].map(([, , name]) => name ?? '');
  return [...comments, ...names].map((text) =>
    text
      .replaceAll(/`[^`]*`/g, '_')
      .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
      .trim(),
  );
}
