import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../../deps.ts';
import { principalOf } from '../../../http/guards.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import {
  errorAnswers,
  idPath,
  nextCursor,
  orNull,
  pageQuery,
  timeOrNull,
} from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { Delivery, MailState, MailTexts } from '../../platform/mail/index.ts';
import {
  listMails,
  mailJson,
  maxCountedMails,
  readMailStatus,
  resendMail,
  viewMail,
} from './mail-admin.ts';

const time = (description: string) =>
  Type.String({ format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'], description });

const states = ['pending', 'sent', 'dead'];

const mailFields = {
  id: Type.Integer({ examples: [12] }),
  kind: Type.String({ examples: ['password_reset'], description: 'The kind of mail.' }),
  state: Type.String({
    enum: states,
    examples: ['sent'],
    description: '`dead`: it was refused for good, or could not be sent in time.',
  }),
  user_id: orNull(Type.Integer(), 7, 'The user that it is about; null: nobody who has an account.'),
  email: Type.String({ examples: ['ada@example.com'] }),
  locale: Type.String({ examples: ['en'] }),
  message_id: Type.String({
    examples: ['<0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10@example.com>'],
    description: 'The same at every attempt; mail servers name it in their logs.',
  }),
  attempts: Type.Integer({ examples: [1] }),
  last_reply: orNull(
    Type.String(),
    '250 2.0.0 Ok: queued as 4F1A',
    'The last reply of the SMTP server, or what is wrong with it.',
  ),
  created_at: time('When it was put into the outbox.'),
  due_at: timeOrNull(null, 'When it is tried next; null if it does not wait any more.'),
  expires_at: time('It is not sent after that, because its contents are not valid any more.'),
  finished_at: timeOrNull(null, 'When it was sent or given up.'),
  bounced_at: timeOrNull(null, 'When it came back; null: it did not, as far as anybody knows.'),
};

const mailSchema = Type.Object(mailFields, { title: 'OutboxMail', description: 'A mail.' });

const mailPage = Type.Object(
  { items: Type.Array(mailSchema), next_cursor: nextCursor },
  { title: 'OutboxPage', description: 'A page of the outbox, the newest first.' },
);

const mailDetail = Type.Object(
  {
    ...mailFields,
    content: orNull(
      Type.Object({ subject: Type.String(), text: Type.String() }),
      null,
      'Its contents, on a server that keeps mail to be read (it serves only its own machine and ' +
        'has no `LATCHKEY_SMTP_URL`), until they are wiped, and for administrators who may manage ' +
        'the user. Otherwise null.',
    ),
  },
  { title: 'OutboxMailDetail', description: 'A mail.' },
);

const statusSchema = Type.Object(
  {
    delivery: Type.String({
      enum: ['smtp', 'kept', 'none'],
      examples: ['smtp'],
      description:
        '`smtp`: by an SMTP server. `kept`: not at all; the server serves its own machine alone, and mail is kept ' +
        'to be read. `none`: there is no mail, and what needs it answers 503.',
    }),
    from: orNull(
      Type.String(),
      'no-reply@example.com',
      'The sender of mails; null if there is no mail.',
    ),
    waiting: Type.Integer({
      examples: [0],
      description: `How many mails wait to be sent; ${maxCountedMails} stands for that many or more.`,
    }),
    failure: orNull(
      Type.String(),
      null,
      'What is wrong with the SMTP server, as the answering process has found; null if no mail waits for it.',
    ),
  },
  { title: 'MailStatus', description: 'Whether mail leaves the server.' },
);

const listQuery = Type.Object({
  state: Type.Optional(Type.String({ enum: states, description: 'Only mails in this state.' })),
  user_id: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Only mails about this user.',
    }),
  ),
  ...pageQuery,
});

const shared = { tags: ['Mail'] };
type ById = { Params: Static<typeof idPath> };

/** Administrators see the outbox, and have what waits in it sent. */
export function mailRoutes(
  app: FastifyInstance,
  deps: Deps & { delivery: Delivery; mailTexts: MailTexts },
): void {
  app.route<{ Querystring: Static<typeof listQuery> }>({
    method: 'GET',
    url: '/api/admin/mail/',
    config: { auth: { kind: 'admin', permission: 'mail.view' } },
    schema: {
      ...shared,
      operationId: 'listMail',
      summary: 'List the outbox',
      description: 'It has the recipients of mails and their state, but not their contents.',
      querystring: listQuery,
      response: { 200: mailPage, ...errorAnswers({ admin: true }, 'invalid_fields') },
    },
    handler: async ({ query }): Promise<Static<typeof mailPage>> => {
      const wanted = { state: query.state as MailState | undefined, userId: query.user_id };
      const { mails, nextCursor: next } = await listMails(deps, wanted, query);
      return { items: mails.map(mailJson), next_cursor: next ?? null };
    },
  });

  app.route({
    method: 'GET',
    url: '/api/admin/mail/status/',
    config: { auth: { kind: 'admin', permission: 'mail.view' } },
    schema: {
      ...shared,
      operationId: 'readMailStatus',
      summary: 'Whether mail leaves the server',
      response: { 200: statusSchema, ...errorAnswers({ admin: true }) },
    },
    handler: (): Promise<Static<typeof statusSchema>> => readMailStatus(deps),
  });

  app.route<ById>({
    method: 'GET',
    url: '/api/admin/mail/:id/',
    config: { auth: { kind: 'admin', permission: 'mail.view' } },
    schema: {
      ...shared,
      operationId: 'readMail',
      summary: 'Read a mail of the outbox',
      params: idPath,
      response: { 200: mailDetail, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async (request): Promise<Static<typeof mailDetail>> => {
      const secretKeys = [deps.secretKey, ...(deps.secretKeyFallbacks ?? [])];
      const texts = deps.mailTexts;
      const options = { ...deps, secretKeys, publicUrl: publicUrlOf(app, deps), texts };
      const found = await viewMail(options, principalOf(request).id, request.params.id);
      return { ...mailJson(found.mail), content: found.content };
    },
  });

  app.route<ById>({
    method: 'POST',
    url: '/api/admin/mail/:id/resend/',
    config: {
      auth: { kind: 'admin', permission: 'mail.send' },
      recentAuth: false,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'resendMail',
      summary: 'Send a mail that waits in the outbox now',
      description: 'Before it is due, and even if the SMTP server could not be used a moment ago.',
      params: idPath,
      response: { 200: mailSchema, ...errorAnswers({ admin: true }, 'not_found', 'mail_finished') },
    },
    handler: async (request): Promise<Static<typeof mailSchema>> => {
      const mail = await resendMail(deps, actorOf(request), request.params.id);
      deps.delivery.retryNow();
      return mailJson(mail);
    },
  });
}
