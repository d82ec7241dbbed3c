import { errorSummary, type FormState, hasErrors } from './forms.ts';
import { type Html, html, renderDocument } from './html.ts';
import { navigation } from './navigation.ts';
import { type Language, languages, type NoticeName, type Say } from './texts/texts.ts';

/** What a page looks like around its content. */

/** What the operator has made of the look of the site. */
export interface Brand {
  /** What the site is called; `''`: by the name that every such site has. */
  readonly name: string;
  /** The URL of the logo, relative to the root; undefined: none. */
  readonly logo: string | undefined;
  /** The URL of the style sheet with its colours, relative to the root; undefined: they are the default. */
  readonly styles: string | undefined;
}

export interface DocumentParts {
  readonly say: Say;
  readonly language: Language;
  /** As `rootFrom` gives it for the URL of the page. */
  readonly root: string;
  readonly brand: Brand;
  /** The names of the files that every page loads. */
  readonly files: { readonly styles: string; readonly script: string };
  readonly title: string;
  readonly body: Html;
  readonly form: FormState;
  readonly notice: NoticeName | undefined;
  /** The path of the page below `account/`; undefined where nobody is signed in. */
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
  return renderDocument(html`
    <html lang=${language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title === name ? title : `${title} · ${name}`}</title>
        <link rel="stylesheet" href=${`${root}account/assets/${files.styles}`} />
        ${brand.styles && html`<link rel="stylesheet" href=${`${root}${brand.styles}`} />`}
        <link rel="icon" href=${brand.logo ? `${root}${brand.logo}` : 'data:,'} />
        <script src=${`${root}account/assets/${files.script}`} defer />
      </head>
      <body class=${parts.signedInAt === undefined ? 'visitor' : 'member'}>
        <a class="skip" href="#content">${say('site.skip')}</a>
        <header class="top">
          <a class="brand" href=${`${root}account/`}>
            ${brand.logo && html`<img src=${`${root}${brand.logo}`} alt="" width="32" height="32" />`}
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
        </main>
        ${parts.inLanguage && footer(parts, parts.inLanguage)}
      </body>
    </html>`);
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
