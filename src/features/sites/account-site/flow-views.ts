import type { FlowState } from './flow-visits.ts';
import { button, codeField, type FormState, form } from './forms.ts';
import { type Html, html } from './html.ts';
import type { TextName } from './texts/texts.ts';
import type { Visit } from './visits.pages.ts';

/** What the pages of flows have in common. */

export type OpenFlowState = Exclude<FlowState, { readonly kind: 'none' | 'expired' }>;

interface CodeForm {
  /** What a page says that waits for the code; absent: that there is a mail if there is an account. */
  readonly begunText?: string;
  /** Where another mail is asked for, if that takes more than a button here. */
  readonly elsewhere?: { readonly path: string; readonly text: TextName };
  /** What a page says whose link was opened where the flow was begun. */
  readonly linkedText: string;
  /** What is entered beside the code. */
  readonly fields?: Html;
  readonly submit: TextName;
  /** What ends it as well. */
  readonly beside?: Html | undefined;
  /** Where another flow is begun, of another email. */
  readonly again?: string;
}

/**
 * The form that ends a flow: with the code of the mail, unless its link is enough. The person who began the flow here
 * may have a newer mail.
 */
export function codeForm(
  visit: Visit,
  state: FormState,
  flow: OpenFlowState,
  { begunText, linkedText, fields, submit, beside, again, elsewhere }: CodeForm,
): Html {
  const { say } = visit;
  const code = codeField({ say, form: state }, { hasFocus: true });
  return html`
    <div>
      ${flow.kind === 'begun' && flow.isLinkExpired && html`<p class="summary">${say('flow.link_expired')}</p>`}
      <p>${textOf(flow, { begunText, linkedText }, say)}</p>
      ${form(html`
        ${flow.kind !== 'linked' && code}
        ${fields}
        ${button(say, submit)}`)}
      ${beside}
      ${flow.kind === 'begun' && (elsewhere ? askElsewhere(visit, elsewhere) : resend(visit, again))}
    </div>`;
}

function textOf(
  flow: OpenFlowState,
  {
    begunText,
    linkedText,
  }: { readonly begunText: string | undefined; readonly linkedText: string },
  say: Visit['say'],
): string {
  switch (flow.kind) {
    case 'linked':
      return linkedText;
    case 'elsewhere':
      return say('flow.elsewhere_text');
    case 'begun':
      return begunText ?? say('flow.begun_text', { email: flow.open.email });
  }
}

function askElsewhere(
  { say, link }: Visit,
  { path, text }: NonNullable<CodeForm['elsewhere']>,
): Html {
  return html`<p>${say('flow.no_mail')} <a href=${link(path)}>${say(text)}</a></p>`;
}

function resend({ say, link }: Visit, again: string | undefined): Html {
  return html`
    <div>
      <p>${say('flow.no_mail')} ${again !== undefined && html`<a href=${link(again)}>${say('flow.other_email')}</a>`}</p>
      ${form(button(say, 'flow.resend', { name: 'action', value: 'resend', kind: 'plain' }))}
    </div>`;
}

/** What to do where a browser has nothing of a flow, or nothing that is still good. */
export function nothingOfFlow(
  { say, link }: Visit,
  { kind }: { readonly kind: 'none' | 'expired' },
  again: { readonly path: string; readonly text: TextName },
): Html {
  return html`
    <div>
      <p>${say(kind === 'none' ? 'flow.none_text' : 'flow.expired_text')}</p>
      <p><a class="button main" href=${link(again.path)}>${say(again.text)}</a></p>
    </div>`;
}
