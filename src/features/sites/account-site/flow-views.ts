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
  /** What is entered beside the code, or after it. */
  readonly fields?: Html;
  /** The code, where it was right: it is sent once more, and nobody enters it. */
  readonly rightCode?: string | undefined;
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
  { begunText, linkedText, fields, rightCode, submit, beside, again, elsewhere }: CodeForm,
): Html {
  const { say } = visit;
  const isProven = flow.kind === 'linked' || rightCode !== undefined;
  const code = isProven
    ? rightCode && html`<input type="hidden" name="code" value=${rightCode} />`
    : codeField({ say, form: state }, { hasFocus: true });
  return html`
    <div>
      ${flow.kind === 'begun' && !isProven && flow.isLinkExpired && html`<p class="summary">${say('flow.link_expired')}</p>`}
      <p>${isProven ? linkedText : textOf(flow, begunText, say)}</p>
      ${form(html`
        ${code}
        ${fields}
        ${button(say, submit)}`)}
      ${beside}
      ${flow.kind === 'begun' && !isProven && (elsewhere ? askElsewhere(visit, elsewhere) : resend(visit, again))}
    </div>`;
}

function textOf(flow: OpenFlowState, begunText: string | undefined, say: Visit['say']): string {
  if (flow.kind === 'elsewhere') return say('flow.elsewhere_text');
  return begunText ?? say('flow.begun_text', { email: flow.open.email });
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

/** Whether the summary of errors says already that nothing is good any more. */
export function isExpirySaid({ say }: Pick<Visit, 'say'>, { errors }: FormState): boolean {
  return errors.page.includes(say('error.flow_expired'));
}

/** What to do where a browser has nothing of a flow, or nothing that is still good. */
export function nothingOfFlow(
  visit: Visit,
  state: FormState,
  { kind }: { readonly kind: 'none' | 'expired' },
  again: { readonly path: string; readonly text: TextName },
): Html {
  const { say, link } = visit;
  const text = kind === 'none' ? 'flow.none_text' : 'flow.expired_text';
  return html`
    <div>
      ${!isExpirySaid(visit, state) && html`<p>${say(text)}</p>`}
      <p><a class="button main" href=${link(again.path)}>${say(again.text)}</a></p>
    </div>`;
}
