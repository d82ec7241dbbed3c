/** The last section of a command's help: command lines that work as they stand. */
export function examples(...lines: readonly string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
