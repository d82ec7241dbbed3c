import type { Brand } from './brand.ts';
import { errorSummary, type FormState, hasErrors } from './forms.ts';
import { type Html, html, renderDocument } from './html.ts';
import { navigation } from './navigation.ts';
import { type Language, languages, type NoticeName, type Say } from './texts/texts.ts';

/** What a page looks like around its content. */

export interface DocumentParts {
  readonly say: Say;
  readonly language: Language;
  /** As `rootFrom` gives it for the URL of the page. */
  readonly root: string;
  readonly brand: Brand;
  /** The names of the files that every page loads. */
  readonly files: { readonly styles: string; readonly scripts: readonly string[] };
  readonly title: string;
  readonly body: Html;
  /** After the body, hidden. */
  readonly offer: Html | undefined;
  readonly form: FormState;
  readonly notice: NoticeName | undefined;
  /** The path of the page below `account/`; undefined if nobody is signed in. */
  readonly signedInAt: string | undefined;
  /** The links to the page in each language, relative to itself; undefined: it is not there in others. */
  readonly inLanguage: ((language: Language) => string) | undefined;
}

const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

/** A whole page. */
export function documentOf(parts: DocumentParts): string {
  const { say, language, root, brand, files, form } = parts;
  const title = hasErrors(form) ? say('site.error_title', { title: parts.title }) : parts.title;
  const name = brand.name || say('site.name');
  const logo = brand.logo && `${root}account/brand/${brand.logo}`;
  return renderDocument(html`
    <html lang=${language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title === name ? title : `${title} · ${name}`}</title>
        <link rel="stylesheet" href=${`${root}account/assets/${files.styles}`} />
        ${brand.styles && html`<link rel="stylesheet" href=${`${root}account/brand/${brand.styles}`} />`}
        <link rel="icon" href=${logo ?? 'data:,'} />
        ${files.scripts.map((name) => html`<script src=${`${root}account/assets/${name}`} defer />`)}
      </head>
      <body class=${parts.signedInAt === undefined ? 'visitor' : 'member'}>
        <a class="skip" href="#content">${say('site.skip')}</a>
        <header class="top">
          <a class="brand" href=${`${root}account/`}>
            ${logo ? html`<img src=${logo} alt="" width="32" height="32" />` : key()}
            <span>${name}</span>
          </a>
          ${
            parts.signedInAt !== undefined &&
            html`<form method="post" action=${`${root}account/sign-out/`}>
              <button type="submit" class="button plain">${say('sign_out.submit')}</button>
            </form>`
          }
        </header>
        ${parts.signedInAt !== undefined && navigationOf(parts, parts.signedInAt)}
        <main id="content" tabindex="-1">
          ${parts.notice && html`<p class="notice" role="status">${say(parts.notice)}</p>`}
          <h1>${parts.title}</h1>
          ${errorSummary({ say, form })}
          ${parts.body}
          ${parts.offer}
        </main>
        ${parts.inLanguage && footer(parts, parts.inLanguage)}
      </body>
    </html>`);
}

/** What stands where an operator has named no logo. */
function key(): Html {
  return html`
    <svg class="key" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M12.5 9a5 5 0 1 0 4.6 7H20v2.6h2.8V16H24v-2.8h-6.9A5 5 0 0 0 12.5 9Zm0 2.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4Z" />
    </svg>`;
}

function navigationOf({ say, root }: DocumentParts, current: string): Html {
  return html`
    <nav class="pages" aria-label=${say('site.navigation')}>
      <ul>
        ${navigation.map(
          ({ path, text }) => html`
            <li><a href=${`${root}account/${path}`} aria-current=${path === current ? 'page' : undefined}>${say(text)}</a></li>`,
        )}
      </ul>
    </nav>`;
}

function footer(
  { say, language }: DocumentParts,
  inLanguage: (language: Language) => string,
): Html {
  return html`
    <footer class="languages">
      <nav aria-label=${say('site.language')}>
        <ul>
          ${languages.map((other) =>
            other === language
              ? html`<li><span aria-current="true">${languageNames[other]}</span></li>`
              : html`<li><a href=${inLanguage(other)} lang=${other} hreflang=${other}>${languageNames[other]}</a></li>`,
          )}
        </ul>
      </nav>
    </footer>`;
}
