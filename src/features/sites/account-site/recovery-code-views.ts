import type { AccountSiteDeps } from './deps.ts';
import { button } from './forms.ts';
import { html } from './html.ts';
import { locationOf } from './return-to.ts';
import type { ShownOnce } from './site.pages.ts';
import type { NoticeName } from './texts/texts.ts';
import type { Visit } from './visits.pages.ts';

/** New recovery codes of somebody who is signed in, as their page takes them. */
interface NewCodes {
  readonly codes: readonly string[];
  readonly email: string;
  /** What has happened with them. */
  readonly added: NoticeName;
  /** Where it goes on, below the root of the server; absent: where the visitor came from, or the page of security. */
  readonly next?: string;
}

/**
 * Shows recovery codes, this once. The script copies and prints them; without one, the browser prints the page, and the
 * file comes by a form, which sends the codes along: the server has only their hashes.
 */
export function codesShown(
  visit: Visit,
  deps: Pick<AccountSiteDeps, 'settings'>,
  { codes, email, added, next }: NewCodes,
): ShownOnce {
  const { say, root, returnTo } = visit;
  const after =
    next === undefined && returnTo
      ? locationOf(returnTo, root)
      : `${root}${next ?? 'account/security/'}`;
  const body = html`
    <div class="card">
      <p class="notice" role="status">${say(added)}</p>
      <p>${say('codes.shown_text')}</p>
      <p class="printed">${ownerWords(visit, deps, email)}</p>
      <ol class="codes">
        ${codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ol>
      <div class="buttons unprinted">
        <form method="post" action=${`${root}account/security/recovery-codes/file/`}>
          <input type="hidden" name="codes" value=${codes.join(' ')} />
          ${button(say, 'codes.download', { kind: 'plain' })}
        </form>
        <button type="button" class="button plain scripted" data-copy=${codes.join('\n')} data-copied=${say('codes.copied')}>
          ${say('codes.copy')}
        </button>
        <button type="button" class="button plain scripted print">${say('codes.print')}</button>
      </div>
      <p class="unprinted"><a class="button main" href=${after}>${say('codes.done')}</a></p>
    </div>`;
  return { kind: 'shown_once', title: 'codes.title', body };
}

/** Whose codes they are, for paper and files: people have several accounts. */
export function ownerWords(
  { say, request }: Visit,
  { settings }: Pick<AccountSiteDeps, 'settings'>,
  email: string,
): string {
  return say('codes.file_text', { email, site: settings.get('SITE_NAME') || request.hostname });
}
