import { createHash, randomBytes } from 'node:crypto';

/** Small pages for people. */

export interface Page {
  readonly title: string;
  /** HTML. */
  readonly body: string;
  /** CSS. The policy must name its hash; see `styleSource`. */
  readonly style?: string;
}

export function page({ title, body, style }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
${style === undefined ? '' : `<style>${style}</style>`}
</head>
<body>
${body}
</body>
</html>
`;
}

/**
 * The headers of a page: it may load and do what the policy names, and nothing else.
 *
 * @param formAction where its forms may lead, redirects after them included; absent: it has none
 */
export function pageHeaders(
  policy: Readonly<Record<string, string>>,
  formAction = "'none'",
): Record<string, string> {
  const directives = {
    'default-src': "'none'",
    'img-src': 'data:',
    ...policy,
    'base-uri': "'none'",
    'form-action': formAction,
    'frame-ancestors': "'none'",
  };
  return {
    'content-security-policy': Object.entries(directives)
      .map(([name, sources]) => `${name} ${sources}`)
      .join('; '),
    'referrer-policy': 'no-referrer',
  };
}

/** What every page that people sign in on says beside its policy. */
const signInHeaders = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-robots-tag': 'noindex',
} as const;

/**
 * The headers of a page with forms for the user of an account: styles, scripts and pictures are files of ours.
 *
 * @param formAction as `pageHeaders` has it
 */
export function formPageHeaders(formAction: string): Record<string, string> {
  const own = "'self'";
  const allowed = {
    'script-src': own,
    'style-src': own,
    'connect-src': own,
    'img-src': "'self' data:",
  };
  // Without a referrer a browser sends a form with `Origin: null` (Fetch 3.2.7), and one that has no Sec-Fetch-Site
  // (Safari before 16.4, any browser over plain HTTP) then says nothing of where the form comes from.
  const referrer = { 'referrer-policy': 'same-origin' };
  return { ...pageHeaders(allowed, formAction), ...signInHeaders, ...referrer };
}

/** What the policy of one answer allows in addition: the styles in it. */
export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

/**
 * The headers of a page that people sign in on: scripts of ours from files, styles that carry the nonce,
 * and nothing that others can look into.
 *
 * @param policy what the page may do beside
 */
export function appPageHeaders(
  nonce: string,
  policy: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const allowed = {
    'script-src': "'self'",
    'style-src': `'nonce-${nonce}'`,
    'img-src': "'self'",
    ...policy,
  };
  return {
    ...pageHeaders(allowed),
    ...signInHeaders, // not stored: the nonce is for one answer
  };
}

/** How a policy allows one inline style sheet. */
export function styleSource(style: string): string {
  return `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
