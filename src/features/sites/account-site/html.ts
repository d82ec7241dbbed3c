import htm from 'htm';
import { h, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

/** A piece of a page. */
export type Html = VNode;

/**
 * Makes a piece of a page: html`<p>${text}</p>`. What stands in `${}` is escaped, in attributes too. It is a tag of
 * a template, and not JSX, because the program runs from its sources without a build.
 */
export const html = htm.bind(h);

/** A whole page as text. */
export function renderDocument(document: Html): string {
  return `<!doctype html>${renderToString(document)}`;
}
