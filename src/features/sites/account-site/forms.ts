import type { FormErrors } from './form-errors.ts';
import { type Html, html } from './html.ts';
import { isTextName, type Say, type TextName } from './texts/texts.ts';

/** The forms of the site. Each works without a script: it is sent to the URL that it stands at. */

/** A form as it is shown: for the first time, or again with what was entered and what is wrong with it. */
export interface FormState {
  /** What was entered, by field. */
  readonly values: Readonly<Record<string, string>>;
  readonly errors: FormErrors;
}

export interface FormView {
  readonly say: Say;
  readonly form: FormState;
}

/** What a browser fills a field with (HTML 4.10.18.7.1; WCAG 2.2 1.3.5). */
type Autocomplete =
  | 'username'
  | 'username webauthn'
  | 'email'
  | 'current-password'
  | 'new-password'
  | 'one-time-code'
  | 'off';

export interface FieldOptions {
  readonly name: string;
  readonly label: TextName;
  readonly autocomplete: Autocomplete;
  readonly type?: 'text' | 'email' | 'password';
  readonly inputmode?: 'numeric' | 'email' | 'text';
  /** What to enter, in the language of the page. */
  readonly hint?: string | undefined;
  /** What it holds before anything was entered. */
  readonly value?: string;
  readonly isOptional?: boolean;
  /** In characters. */
  readonly maxLength?: number;
  /** Shown, and sent as it is: password managers store a password under it. */
  readonly isReadOnly?: boolean;
  /** Whether the cursor is in it when the page opens; the summary of errors comes first. */
  readonly hasFocus?: boolean;
}

const idOf = (name: string) => `field-${name}`;

/** A field with its label, its hint and what is wrong with it. */
export function field({ say, form }: FormView, options: FieldOptions): Html {
  const { name, type = 'text', hint } = options;
  const id = idOf(name);
  const messages = form.errors.fields[name] ?? [];
  const described = [hint !== undefined && `${id}-hint`, messages.length > 0 && `${id}-error`];
  const isPassword = type === 'password';
  return html`
    <div class=${messages.length > 0 ? 'field wrong' : 'field'}>
      <label for=${id}>${say(options.label)}</label>
      ${hint !== undefined && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
      ${messages.length > 0 && html`<p class="problem" id=${`${id}-error`}>${messages.join(' ')}</p>`}
      <div class=${isPassword ? 'input with-button' : 'input'}>
        <input
          id=${id}
          name=${name}
          type=${type}
          value=${isPassword ? undefined : (form.values[name] ?? options.value)}
          autocomplete=${options.autocomplete}
          inputmode=${options.inputmode}
          autocapitalize=${type === 'text' ? undefined : 'none'}
          spellcheck="false"
          required=${!options.isOptional}
          maxlength=${options.maxLength}
          readonly=${options.isReadOnly}
          aria-describedby=${described.filter(Boolean).join(' ') || undefined}
          aria-invalid=${messages.length > 0 ? 'true' : undefined}
          autofocus=${options.hasFocus && !hasErrors(form)}
        />
        ${isPassword && showButton(say, id)}
      </div>
    </div>`;
}

/** The script shows it; without one there would be nothing behind it. */
function showButton(say: Say, id: string): Html {
  return html`
    <button
      type="button"
      class="show"
      hidden
      aria-controls=${id}
      aria-pressed="false"
      data-show=${say('field.show_password')}
      data-hide=${say('field.hide_password')}
    >${say('field.show_password')}</button>`;
}

/** A field for an email, by which the account is named. */
export function emailField(view: FormView, options: Partial<FieldOptions> = {}): Html {
  return field(view, {
    name: 'email',
    label: 'field.email',
    type: 'email',
    autocomplete: 'username',
    inputmode: 'email',
    ...options,
  });
}

/** A field for the password that the account has. */
export function currentPasswordField(view: FormView, options: Partial<FieldOptions> = {}): Html {
  return field(view, {
    name: 'password',
    label: 'field.password',
    type: 'password',
    autocomplete: 'current-password',
    ...options,
  });
}

/**
 * A field for a new password.
 *
 * @param minLength `PASSWORD_MIN_LENGTH`
 */
export function newPasswordField(
  view: FormView,
  minLength: number,
  options: Partial<FieldOptions> = {},
): Html {
  return field(view, {
    name: 'password',
    label: 'field.new_password',
    type: 'password',
    autocomplete: 'new-password',
    hint: view.say('field.new_password_hint', { count: minLength }),
    ...options,
  });
}

/** The one field for a code, of a mail unless the hint says otherwise: paste and autofill work (WCAG 2.2 3.3.8). */
export function codeField(view: FormView, options: Partial<FieldOptions> = {}): Html {
  return field(view, {
    name: 'code',
    label: 'field.code',
    autocomplete: 'one-time-code',
    inputmode: 'numeric',
    hint: view.say('field.code_hint'),
    ...options,
  });
}

interface Choice {
  readonly value: string;
  readonly text: string;
}

/** A field whose value is one of a few. */
export function select(
  { say, form }: FormView,
  options: {
    readonly name: string;
    readonly label: TextName;
    readonly hint: string;
    readonly choices: readonly Choice[];
    /** What is chosen before anything was. */
    readonly value: string;
  },
): Html {
  const { name, label, hint, choices } = options;
  const id = idOf(name);
  const value = form.values[name] ?? options.value;
  return html`
    <div class="field">
      <label for=${id}>${say(label)}</label>
      <p class="hint" id=${`${id}-hint`}>${hint}</p>
      <select id=${id} name=${name} aria-describedby=${`${id}-hint`}>
        ${choices.map(
          (choice) =>
            html`<option value=${choice.value} selected=${choice.value === value}>${choice.text}</option>`,
        )}
      </select>
    </div>`;
}

/**
 * A box to tick.
 *
 * @param name of a text `field.<name>` as well
 * @param label absent: that text
 */
export function checkbox(
  { say, form }: FormView,
  name: 'keep' | 'remember' | 'end_other_sessions',
  label: string = say(`field.${name}`),
): Html {
  return html`
    <label class="check">
      <input type="checkbox" name=${name} checked=${form.values[name] !== undefined} />
      ${label}
    </label>`;
}

/** Says for password managers whose password a form is about, where nobody enters an email. */
export function accountHint(email: string): Html {
  return html`<input type="text" name="username_hint" value=${email} autocomplete="username" hidden readonly />`;
}

interface ButtonOptions {
  /** Sent with the form, where it has more than one button. */
  readonly name?: string;
  readonly value?: string | number;
  readonly kind?: 'main' | 'plain' | 'danger';
  /** What tells it from the other buttons of the page, for those who hear it alone. */
  readonly about?: string | undefined;
}

/** A button that sends its form. */
export function button(say: Say, text: TextName, options: ButtonOptions = {}): Html {
  const { kind = 'main', name, value, about } = options;
  return html`
    <button type="submit" class=${`button ${kind}`} name=${name} value=${value}>
      ${say(text)}${about !== undefined && html`<span class="unseen"> ${about}</span>`}
    </button>`;
}

/** A form, which is sent to its own page. */
export function form(children: unknown): Html {
  // The server says what is wrong, beside each field and in the language of the page.
  return html`<form method="post" novalidate>${children}</form>`;
}

export function hasErrors({ errors }: FormState): boolean {
  return errors.page.length > 0 || Object.keys(errors.fields).length > 0;
}

/** What is wrong, at the top of the page, with a link to each field. It has the focus when the page opens. */
export function errorSummary({ say, form: state }: FormView): Html | undefined {
  if (!hasErrors(state)) return undefined;
  const { fields, page } = state.errors;
  const named = Object.entries(fields);
  return html`
    <div class="summary" role="alert" tabindex="-1" autofocus>
      ${named.length > 0 && html`<p class="summary-title">${say('error.summary', { count: named.length })}</p>`}
      ${page.map((message) => html`<p>${message}</p>`)}
      ${
        named.length > 0 &&
        html`<ul>${named.map(([name, messages]) => html`<li><a href=${`#${idOf(name)}`}>${labelOf(say, name)}${messages.join(' ')}</a></li>`)}</ul>`
      }
    </div>`;
}

/** Which field a message is about, where its name has a label. */
function labelOf(say: Say, name: string): string {
  const text = `field.${name}`;
  return isTextName(text) ? `${say(text)}: ` : '';
}
