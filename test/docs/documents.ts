import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The documentation, as tests look at it. */

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export function readDocument(path: string): Document {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** Every Markdown file of the repository. */
export function readDocuments(): Document[] {
  return globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', '**/dist', 'data'] }).map(
    readDocument,
  );
}

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

/** The blocks of code, those of a list item too. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks = markdown.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms);
  return [...blocks].map(([, indent = '', language = '', text = '']) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** The text of a section, without its heading. */
export function sectionOf(markdown: string, heading: string): string {
  const [, rest = ''] = markdown.split(`\n## ${heading}\n`);
  return rest.split('\n## ', 1)[0] ?? '';
}

/** The lines of the code blocks, and the pieces of code inside the text. */
export function codeSnippets(markdown: string): string[] {
  const blocks = codeBlocks(markdown).flatMap(({ text }) => text.split('\n'));
  const prose = markdown.replace(/^```.*?^```$/gms, '');
  const spans = [...prose.matchAll(/`([^`\n]+(?:\n[^`\n]+)?)`/g)].map(([, text = '']) => text);
  return [...blocks, ...spans].map((text) => text.replace(/\s+/g, ' ').trim());
}
