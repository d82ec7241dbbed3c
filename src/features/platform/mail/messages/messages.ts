import type { Block, Fact } from './blocks.ts';
import type { TextName } from './texts-en.ts';

/** Every message that the server sends: what its text is made with, and its parts. */

/** What came with the request that a mail is about. */
interface Request {
  readonly atMs: number;
  /** Null where nobody knows. */
  readonly ip: string | null;
}

/** The two ways to end a flow. */
interface CodeAndLink {
  readonly code: string;
  /** Absent in a mail that a release before this one has written into the outbox. */
  readonly link?: string;
}

/** Something that happened to an account, of which its owner is told. */
export interface NoticeParameters extends Request {
  /** A browser and a system that have a name; null: nothing is known, or nothing that may stand in a mail. */
  readonly device: string | null;
  /** How the reader says that it was not them; null: nothing can be done about it by a link. */
  readonly notMe: { readonly link: string; readonly code: string } | null;
  /** Which kind of factor it is about; absent: about none. */
  readonly factor?: 'totp' | 'passkey';
  /** How many recovery codes are left, where one was used. */
  readonly codesLeft?: number;
  /** When it is going to happen; absent: it did. */
  readonly dueAtMs?: number;
  /** What has cancelled a reset of factors; absent: it is about none, or a release before this one has written it. */
  readonly cancelledBy?: 'factor_used' | 'factor_added' | 'session' | 'administrator';
}

/** What users are told of; see docs/decisions/notices.md. */
export const noticeKinds = [
  'password_changed',
  'password_was_reset',
  'mail_sign_in_used',
  'new_device',
  'factor_added',
  'factor_removed',
  'recovery_code_used',
  'recovery_codes_replaced',
  'password_set',
  'factors_reset_requested',
  'factors_reset',
  'factors_reset_cancelled',
  'factors_dropped',
  'impersonation_started',
  'email_set',
  'account_deactivated',
  'account_deleted',
] as const;

export type NoticeKind = (typeof noticeKinds)[number];

export interface MessageParameters extends Readonly<Record<NoticeKind, NoticeParameters>> {
  readonly password_reset: CodeAndLink & Request;
  readonly mail_sign_in: CodeAndLink & Request;
  readonly email_verification: CodeAndLink;
  readonly registration: { readonly code: string; readonly link: string };
  readonly account_exists: { readonly link: string };
  readonly email_change: { readonly code: string; readonly link: string };
  readonly email_changed: { readonly code: string; readonly link: string } & Request;
  readonly email_release: { readonly code: string; readonly link: string } & Request;
  readonly email_restored: { readonly link: string };
  readonly email_taken_back: Readonly<Record<never, never>>;
  readonly invitation: { readonly link: string };
}

export type MessageKind = keyof MessageParameters;

export interface Message {
  readonly subject: TextName;
  readonly blocks: readonly Block[];
}

const text = (name: TextName): Block => ({ type: 'text', text: name });
const heading = (name: TextName): Block => ({ type: 'heading', text: name });
const warning = (name: TextName): Block => ({ type: 'warning', text: name });

/** The code, how long it is good, and the link that is good as long. */
function codeAndLink(
  { code, link }: CodeAndLink,
  button: TextName,
  linkText: TextName = 'link',
): readonly Block[] {
  const linked = [text(linkText), { type: 'button', text: button, link: link ?? '' }] as const;
  return [{ type: 'code', code }, text('lifetime'), ...(link === undefined ? [] : linked)];
}

function factsOf(of: Request & Partial<NoticeParameters>): Block {
  const { atMs, ip, device = null, factor, codesLeft, dueAtMs, cancelledBy } = of;
  const facts: Fact[] = [];
  if (factor) facts.push({ name: 'fact.factor', value: { text: `factor.${factor}` } });
  if (codesLeft !== undefined) facts.push({ name: 'fact.codes_left', value: String(codesLeft) });
  if (cancelledBy) {
    facts.push({ name: 'fact.cancelled_by', value: { text: `cancelled_by.${cancelledBy}` } });
  }
  facts.push({ name: 'fact.time', value: { atMs } });
  if (dueAtMs !== undefined) facts.push({ name: 'fact.due', value: { atMs: dueAtMs } });
  if (device !== null) facts.push({ name: 'fact.device', value: device });
  if (ip !== null) facts.push({ name: 'fact.ip', value: ip });
  return { type: 'facts', facts };
}

const notice =
  (kind: NoticeKind) =>
  (of: NoticeParameters): Message => ({
    subject: `${kind}.subject`,
    blocks: [
      ...[heading(`${kind}.heading`), text(`${kind}.text`), ...fewLeft(of)],
      ...[factsOf(of), ...notMe(kind, of)],
    ],
  });

/** From how many recovery codes on a mail says that it is time for new ones. */
const fewCodes = 3;

function fewLeft({ codesLeft = Number.POSITIVE_INFINITY }: NoticeParameters): Block[] {
  return codesLeft <= fewCodes ? [text('recovery_code_used.few')] : [];
}

/** What readers do who know nothing of it. A link alone does nothing: mail scanners press buttons. */
function notMe(kind: NoticeKind, { notMe: way }: NoticeParameters): Block[] {
  if (!way) return [warning('notice.ask')];
  const isSupport = kind === 'impersonation_started';
  return [
    text(isSupport ? 'notice.if_asked' : 'notice.if_you'),
    warning(whatEnds(kind)),
    { type: 'button', text: isSupport ? 'notice.end_button' : 'notice.button', link: way.link },
    { type: 'code', code: way.code },
    text('lifetime'),
  ];
}

function whatEnds(kind: NoticeKind): TextName {
  if (kind === 'impersonation_started') return 'notice.end_it';
  if (kind === 'factors_reset_requested') return 'notice.cancel_reset';
  if (kind === 'factors_reset_cancelled') return 'notice.not_me_reset';
  return /^(factor|recovery_code)/.test(kind) ? 'notice.not_me_factor' : 'notice.not_me';
}

const messages: {
  readonly [Kind in MessageKind]: (parameters: MessageParameters[Kind]) => Message;
} = {
  password_reset: (parameters) => ({
    subject: 'password_reset.subject',
    blocks: [
      heading('password_reset.heading'),
      text('password_reset.text'),
      ...codeAndLink(parameters, 'password_reset.button'),
      factsOf(parameters),
      warning('password_reset.warning'),
    ],
  }),
  mail_sign_in: (parameters) => ({
    subject: 'mail_sign_in.subject',
    blocks: [
      heading('mail_sign_in.heading'),
      text('mail_sign_in.text'),
      ...codeAndLink(parameters, 'mail_sign_in.button'),
      factsOf(parameters),
      warning('mail_sign_in.warning'),
    ],
  }),
  email_verification: (parameters) => ({
    subject: 'email_verification.subject',
    blocks: [
      heading('email_verification.heading'),
      text('email_verification.text'),
      ...codeAndLink(parameters, 'email_verification.button', 'email_verification.link'),
      warning('email_verification.warning'),
    ],
  }),
  registration: ({ code, link }) => ({
    subject: 'registration.subject',
    blocks: [
      heading('registration.heading'),
      text('registration.text'),
      { type: 'code', code },
      text('lifetime'),
      { type: 'button', text: 'registration.button', link },
      warning('registration.warning'),
    ],
  }),
  account_exists: ({ link }) => ({
    subject: 'account_exists.subject',
    blocks: [
      heading('account_exists.heading'),
      text('account_exists.text'),
      { type: 'button', text: 'account_exists.button', link },
      warning('account_exists.warning'),
    ],
  }),
  email_change: ({ code, link }) => ({
    subject: 'email_change.subject',
    blocks: [
      heading('email_change.heading'),
      text('email_change.text'),
      { type: 'code', code },
      text('lifetime'),
      { type: 'button', text: 'email_change.button', link },
      warning('email_change.warning'),
    ],
  }),
  email_changed: ({ code, link, ...request }) => ({
    subject: 'email_changed.subject',
    blocks: [
      heading('email_changed.heading'),
      text('email_changed.text'),
      factsOf(request),
      text('email_changed.undo'),
      { type: 'button', text: 'email_changed.button', link },
      text('email_changed.code'),
      { type: 'code', code },
      text('lifetime'),
      warning('email_changed.warning'),
    ],
  }),
  email_release: ({ code, link, ...request }) => ({
    subject: 'email_release.subject',
    blocks: [
      heading('email_release.heading'),
      text('email_release.text'),
      factsOf(request),
      text('email_release.own'),
      text('email_release.other'),
      { type: 'button', text: 'email_release.button', link },
      text('email_changed.code'),
      { type: 'code', code },
      text('lifetime'),
    ],
  }),
  email_restored: ({ link }) => ({
    subject: 'email_restored.subject',
    blocks: [
      heading('email_restored.heading'),
      text('email_restored.text'),
      { type: 'button', text: 'email_restored.button', link },
    ],
  }),
  email_taken_back: () => ({
    subject: 'email_taken_back.subject',
    blocks: [
      heading('email_taken_back.heading'),
      text('email_taken_back.text'),
      warning('email_taken_back.warning'),
    ],
  }),
  invitation: ({ link }) => ({
    subject: 'invitation.subject',
    blocks: [
      heading('invitation.heading'),
      text('invitation.text'),
      { type: 'button', text: 'invitation.button', link },
      text('lifetime'),
      warning('invitation.warning'),
    ],
  }),
  ...(Object.fromEntries(noticeKinds.map((kind) => [kind, notice(kind)])) as Record<
    NoticeKind,
    ReturnType<typeof notice>
  >),
};

const sampleLink = 'https://auth.example.com/account/?token=example';
const sampleProof = { code: '123456', link: sampleLink };
const sampleRequest: Request = { atMs: Date.UTC(2026, 0, 31, 12), ip: '203.0.113.7' };

const sampleNotice: NoticeParameters = {
  ...sampleRequest,
  device: 'Firefox on Linux',
  notMe: sampleProof,
};

const noticeWithoutLink = { ...sampleNotice, notMe: null };

/** Example values for each message, for operators who change its texts. The codes and links do not work. */
export const sampleParameters: MessageParameters = {
  password_reset: { ...sampleProof, ...sampleRequest },
  mail_sign_in: { ...sampleProof, ...sampleRequest },
  email_verification: sampleProof,
  registration: sampleProof,
  account_exists: { link: sampleLink },
  email_change: sampleProof,
  email_changed: { ...sampleProof, ...sampleRequest },
  email_release: { ...sampleProof, ...sampleRequest },
  email_restored: { link: sampleLink },
  email_taken_back: {},
  invitation: { link: sampleLink },
  ...(Object.fromEntries(noticeKinds.map((kind) => [kind, sampleNotice])) as Record<
    NoticeKind,
    NoticeParameters
  >),
  factor_added: { ...sampleNotice, factor: 'totp' },
  factor_removed: { ...sampleNotice, factor: 'totp' },
  recovery_code_used: { ...sampleNotice, codesLeft: fewCodes },
  factors_reset_requested: { ...sampleNotice, dueAtMs: sampleRequest.atMs + 86_400_000 },
  factors_reset_cancelled: { ...sampleNotice, cancelledBy: 'session' },
  factors_dropped: noticeWithoutLink,
  email_set: noticeWithoutLink,
  account_deactivated: noticeWithoutLink,
  account_deleted: noticeWithoutLink,
};

export const messageKinds = Object.keys(messages) as MessageKind[];

/** The message of a kind; undefined if a newer release has written it into the outbox. */
export function messageOf(kind: string, parameters: unknown): Message | undefined {
  const known = messageKinds.find((name) => name === kind);
  return known && (messages[known] as (of: unknown) => Message)(parameters);
}
