import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { orCurrent } from '../../../contract/expected-version.ts';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { errorAnswers, jsonOnly } from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { Mail, MailTexts } from '../../platform/mail/index.ts';
import { auditedChange, changerOf } from '../../platform/settings-admin/index.ts';
import {
  localePath,
  previewBody,
  previewSchema,
  rollbackPath,
  testBody,
  testSchema,
  textBody,
  textList,
  textPath,
  textResetBody,
  textSchema,
} from './mail-text-schemas.ts';
import {
  listMailTexts,
  readMailText,
  resetMailText,
  rollBackMailText,
  setMailText,
} from './mail-texts.ts';
import { previewTexts, sendTestMail } from './try-mail.ts';

const shared = { tags: ['Mail'] };
type ByLocale = { Params: Static<typeof localePath> };
type ByName = { Params: Static<typeof textPath> };
type ByChange = { Params: Static<typeof rollbackPath> };

const change = {
  auth: { kind: 'admin', permission: 'settings.change' },
  recentAuth: true,
  limits: ['CHANGES_PER_ADMINISTRATOR'],
} as const;

const changed = {
  200: textSchema,
  ...errorAnswers(
    { body: true, admin: true },
    ...(['invalid_fields', 'invalid_body', 'not_found', 'version_conflict'] as const),
  ),
};

/** Administrators read the texts of mails, replace them, and try what they look like. */
export function mailTextRoutes(
  app: FastifyInstance,
  deps: Deps & { mail: Mail; mailTexts: MailTexts },
): void {
  app.route<ByLocale>({
    method: 'GET',
    url: '/api/admin/mail-texts/:locale/',
    config: { auth: { kind: 'admin', permission: 'settings.view' } },
    schema: {
      ...shared,
      operationId: 'listMailTexts',
      summary: 'List the texts of mails in a language',
      params: localePath,
      response: { 200: textList, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async ({ params: { locale } }): Promise<Static<typeof textList>> => ({
      languages: [...deps.mailTexts.languages],
      items: await listMailTexts(deps, locale),
    }),
  });

  app.route<ByName>({
    method: 'GET',
    url: '/api/admin/mail-texts/:locale/:name/',
    config: { auth: { kind: 'admin', permission: 'settings.view' } },
    schema: {
      ...shared,
      operationId: 'readMailText',
      summary: 'Read a text of mails',
      params: textPath,
      response: { 200: textSchema, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: ({ params }) => readMailText(deps, params),
  });

  app.route<ByName>({
    method: 'PUT',
    url: '/api/admin/mail-texts/:locale/:name/',
    config: change,
    schema: {
      ...shared,
      operationId: 'changeMailText',
      summary: 'Replace a text of mails',
      description:
        'The text is an ICU message. One that lacks a placeholder, or has one that there is not, is refused. It is in ' +
        'the history as a change of the setting `MAIL_TEXT:`, the language, `:` and the name.',
      params: textPath,
      body: textBody.schema,
      response: changed,
    },
    handler: async (request) => {
      const { params } = request;
      const { value, ...order } = textBody.read(request.body as Body);
      const origin = auditedChange(changerOf(request, order));
      const read = () => readMailText(deps, params);
      await orCurrent(setMailText(deps, params, value, origin), read);
      return read();
    },
  });

  app.route<ByName>({
    method: 'DELETE',
    url: '/api/admin/mail-texts/:locale/:name/',
    config: change,
    schema: {
      ...shared,
      operationId: 'resetMailText',
      summary: 'Put a text of mails back to what it was without the change',
      params: textPath,
      body: textResetBody.schema,
      response: changed,
    },
    handler: async (request) => {
      const { params } = request;
      const origin = auditedChange(changerOf(request, textResetBody.read(request.body as Body)));
      const read = () => readMailText(deps, params);
      await orCurrent(resetMailText(deps, params, origin), read);
      return read();
    },
  });

  app.route<ByChange>({
    method: 'POST',
    url: '/api/admin/mail-texts/:locale/:name/changes/:id/rollback/',
    config: change,
    schema: {
      ...shared,
      operationId: 'rollBackMailText',
      summary: 'Undo a change of a text of mails',
      description:
        'The text is the one again that it was before that change, whatever came after it. The undoing is a change ' +
        'too. `GET /api/admin/setting-changes/` has the changes.',
      params: rollbackPath,
      body: textResetBody.schema,
      response: changed,
    },
    handler: async (request) => {
      const { params } = request;
      const origin = auditedChange(changerOf(request, textResetBody.read(request.body as Body)));
      const read = () => readMailText(deps, params);
      await orCurrent(rollBackMailText(deps, params, params.id, origin), read);
      return read();
    },
  });

  app.route({
    method: 'POST',
    url: '/api/admin/mail-texts/preview/',
    config: { auth: { kind: 'admin', permission: 'settings.view' }, writes: false },
    schema: {
      ...shared,
      ...jsonOnly,
      operationId: 'previewMail',
      summary: 'See what a mail looks like',
      description: 'Made with a code or link that is good for nothing. Nothing is stored or sent.',
      body: previewBody.schema,
      response: {
        200: previewSchema,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found'] as const),
        ),
      },
    },
    handler: ({ body }) => {
      const publicUrl = publicUrlOf(app, deps);
      return previewTexts({ ...deps, publicUrl }, previewBody.read(body as Body));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/admin/mail-texts/test/',
    config: {
      auth: { kind: 'admin', permission: 'mail.send' },
      recentAuth: false,
      limits: ['CHANGES_PER_ADMINISTRATOR', 'MAILS_PER_RECIPIENT', 'MAILS_PER_RECIPIENT_A_DAY'],
    },
    schema: {
      ...shared,
      operationId: 'sendTestMail',
      summary: 'Send a mail to yourself, to see what it looks like',
      description:
        'It goes to your own email and to no other, and counts for `MAILS_PER_RECIPIENT`. Its code or link is good ' +
        'for nothing.',
      body: testBody.schema,
      response: {
        202: testSchema,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found'] as const),
          ...(['rate_limited', 'mail_not_configured'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const tried = testBody.read(request.body as Body);
      return reply.code(202).send({ email: await sendTestMail(deps, actorOf(request), tried) });
    },
  });
}
