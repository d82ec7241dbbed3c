/** Members of a problem document that do not belong to a field. */
const fixedMembers = new Set(['type', 'title', 'status', 'code', 'request_id', 'detail', 'error']);

/**
 * What went wrong with a request: a problem document of the server (RFC 9457), or, with the code
 * `unreachable`, that there was no answer.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  /** The whole document, for what only some codes have. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Under the name that react-admin looks for: what is wrong with each field. */
  readonly body: { readonly errors?: Readonly<Record<string, string>> };

  constructor(status: number, document: Readonly<Record<string, unknown>>) {
    const text = (name: string) => {
      const value = document[name];
      return typeof value === 'string' ? value : undefined;
    };
    const title = text('title') ?? `${status}`;
    super(text('detail') ?? text('error') ?? title);
    this.status = status;
    this.document = document;
    this.code = text('code') ?? 'unknown';
    this.title = title;
    this.detail = text('detail') ?? text('error');
    this.requestId = text('request_id');
    const errors = Object.entries(document)
      .filter(([name, value]) => !fixedMembers.has(name) && Array.isArray(value))
      .map(([name, value]) => [name, (value as unknown[]).join(' ')] as const);
    this.body = errors.length > 0 ? { errors: Object.fromEntries(errors) } : {};
  }

  static async of(response: Response): Promise<Problem> {
    const document: unknown = await response.json().catch(() => ({}));
    const isObject = typeof document === 'object' && document !== null;
    return new Problem(response.status, isObject ? (document as Record<string, unknown>) : {});
  }

  static unreachable(): Problem {
    return new Problem(0, { code: 'unreachable', title: 'The server does not answer.' });
  }

  /** The server answers, and yet a part of the page cannot be fetched. */
  static partMissing(): Problem {
    return new Problem(0, { code: 'part_missing', title: 'A part of the page cannot be loaded.' });
  }

  /** The page has forgotten the session, and the server has not. */
  static notSignedOut(): Problem {
    return new Problem(0, { code: 'not_signed_out', title: 'The server could not be told.' });
  }

  /** The user, or the browser, has used no passkey; it does not say why. */
  static passkeyNotUsed(): Problem {
    return new Problem(0, { code: 'passkey_not_used', title: 'No passkey was used.' });
  }

  /** Nothing went wrong: the user has changed their mind, or is told at the very field. */
  static cancelled(): Problem {
    return new Problem(0, { code: 'cancelled', title: 'Cancelled.' });
  }
}
