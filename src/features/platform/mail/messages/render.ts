import { escapeHtml } from '../../../../http/browser/page.ts';
import { findLanguage } from '../../../../lib/languages.ts';
import type { Block, Fact } from './blocks.ts';
import { formatText, type TextValues } from './format-text.ts';
import { builtInTexts, locales, type MailTexts, type TextName } from './mail-texts.ts';
import type { Message } from './messages.ts';

/** A mail as it is read. */
export interface RenderedMail {
  readonly locale: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface RenderOptions {
  readonly locale: string;
  /** What the site is called. */
  readonly site: string;
  /** For how long what the mail carries is good. */
  readonly lifetimeMs: number;
  /** Absent: ours alone. */
  readonly texts?: MailTexts | undefined;
}

/** Writes a message as text and as HTML. Loaded only where a mail is sent or shown. */
export function renderMail(message: Message, options: RenderOptions): RenderedMail {
  const { texts = builtInTexts } = options;
  const locale = findLanguage([options.locale], texts.languages) ?? locales[0];
  const values = {
    site: options.site,
    ...lifetimeOf(options.lifetimeMs),
  };
  const said = new Map<TextName, string>(); // in the text and in the HTML
  const say = (name: TextName) => {
    const text = said.get(name) ?? sayIn(texts, locale, name, values);
    said.set(name, text);
    return text;
  };
  const tell = ({ value }: Fact) => {
    if (typeof value === 'string') return value;
    return 'text' in value ? say(value.text) : timeIn(locale, value.atMs);
  };
  const parts = { say, tell };
  const subject = say(message.subject);
  return {
    locale,
    subject,
    text: `${message.blocks.map((block) => textOf(block, parts)).join('\n\n')}\n`,
    html: pageOf(subject, locale, message.blocks.map((block) => htmlOf(block, parts)).join('\n')),
  };
}

/** A text, filled in. One that cannot be, because an older release has stored it, does not stand in the way. */
function sayIn(texts: MailTexts, locale: string, name: TextName, values: TextValues): string {
  let lastError: unknown;
  for (const found of texts.find(locale, name)) {
    try {
      return formatText(found.text, found.locale, values);
    } catch (error) {
      lastError = error;
    }
  }
  throw lastError;
}

/** A time in the unit that people would say it in. */
function lifetimeOf(ms: number): { count: number; unit: 'minutes' | 'hours' | 'days' } {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return { count: minutes, unit: 'minutes' };
  const hours = Math.round(minutes / 60);
  return hours < 48
    ? { count: hours, unit: 'hours' }
    : { count: Math.round(hours / 24), unit: 'days' };
}

/** By language, of which there are a few: making one takes longer than all else of a mail. */
const timeFormats = new Map<string, Intl.DateTimeFormat>();

function timeIn(locale: string, atMs: number): string {
  let format = timeFormats.get(locale);
  if (!format) {
    const how = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;
    format = new Intl.DateTimeFormat(locale, how);
    timeFormats.set(locale, format);
  }
  return `${format.format(atMs)} UTC`;
}

interface Parts {
  say(name: TextName): string;
  tell(fact: Fact): string;
}

function textOf(block: Block, { say, tell }: Parts): string {
  switch (block.type) {
    case 'heading':
      return say(block.text).toUpperCase();
    case 'text':
    case 'warning':
      return say(block.text);
    case 'code':
      return `    ${block.code}`;
    case 'button':
      return `${say(block.text)}:\n${block.link}`;
    case 'facts':
      return block.facts.map((fact) => `${say(fact.name)}: ${tell(fact)}`).join('\n');
  }
}

// Mail programs know styles in the elements alone, and few of them.
const styles = {
  body: 'margin:0;padding:24px;font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,sans-serif',
  main: 'max-width:560px;margin:0 auto',
  heading: 'font-size:22px;line-height:1.3;margin:0 0 16px',
  text: 'margin:0 0 16px',
  code: 'margin:0 0 16px;font:700 32px/1.3 ui-monospace,Menlo,Consolas,monospace;letter-spacing:4px',
  link: 'display:inline-block;padding:12px 20px;border-radius:6px;background:#1a5fb4;color:#ffffff;text-decoration:none;font-weight:600',
  warning: 'margin:24px 0 0;padding:12px 0 0;border-top:1px solid #8a8a8a',
  name: 'text-align:left;font-weight:600;padding:2px 16px 2px 0;vertical-align:top',
  value: 'padding:2px 0',
} as const;

function htmlOf(block: Block, { say, tell }: Parts): string {
  switch (block.type) {
    case 'heading':
      return `<h1 style="${styles.heading}">${escapeHtml(say(block.text))}</h1>`;
    case 'text':
    case 'warning':
      return `<p style="${styles[block.type]}">${escapeHtml(say(block.text))}</p>`;
    case 'code':
      return `<p style="${styles.code}">${escapeHtml(block.code)}</p>`;
    case 'button':
      return `<p style="${styles.text}"><a href="${escapeHtml(block.link)}" style="${styles.link}">${escapeHtml(say(block.text))}</a></p>
<p style="${styles.text};word-break:break-all">${escapeHtml(block.link)}</p>`;
    case 'facts':
      return `<table style="margin:0 0 16px;border-collapse:collapse">
${block.facts
  .map(
    (fact) =>
      `<tr><th scope="row" style="${styles.name}">${escapeHtml(say(fact.name))}</th><td style="${styles.value}">${escapeHtml(tell(fact))}</td></tr>`,
  )
  .join('\n')}
</table>`;
  }
}

function pageOf(subject: string, locale: string, body: string): string {
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(subject)}</title>
</head>
<body style="${styles.body}">
<div role="article" lang="${locale}" style="${styles.main}">
${body}
</div>
</body>
</html>
`;
}
