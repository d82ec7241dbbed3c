/**
 * What the pages use of `preact` and `htm` (tsconfig.json, `paths`). The types that come with them bring those of a
 * browser along, and the server has no `document`.
 */

/** A piece of a page. */
export interface VNode {
  readonly type: unknown;
  readonly props: object;
}

export declare function h(type: unknown, props: object | null, ...children: unknown[]): VNode;

/** The tag of a template, as `htm` makes it for a function like `h`. */
declare const htm: {
  bind(create: typeof h): (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode;
};
export default htm;

export declare function renderToString(node: VNode): string;
