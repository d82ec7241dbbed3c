import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Deps } from '../../../deps.ts';
import { principalOf } from '../../../http/guards.ts';
import { endCauseSchema } from '../../../http/problem-schema.ts';
import {
  attachment,
  dispositionOf,
  errorAnswers,
  orNull,
  timeOrNull,
} from '../../../http/schemas.ts';
import { actorOf, eventKind } from '../../platform/audit/index.ts';
import { factorListSchema } from '../../sign-in/factors/index.ts';
import { exportFileName, exportOwnData } from './export.ts';

const text = (example: string) => Type.String({ examples: [example] });
const time = (example: string) => Type.String({ format: 'date-time', examples: [example] });
const number = (example: number) => Type.Integer({ examples: [example] });
const flag = (example: boolean) => Type.Boolean({ examples: [example] });

const exportSchema = Type.Object(
  {
    user: Type.Object({
      id: number(1),
      email: text('ada@example.com'),
      email_verified_at: orNull(
        Type.String({
          format: 'date-time',
          description: 'When they proved that the email is theirs; null: not yet.',
        }),
        '2026-03-01T08:05:00.000Z',
      ),
      username: text('ada'),
      locale: orNull(Type.String(), 'de-AT'),
      is_active: flag(true),
      is_superuser: flag(false),
      has_password: flag(true),
      created_at: time('2026-03-01T08:00:00.000Z'),
      updated_at: time('2026-03-01T08:00:00.000Z'),
    }),
    roles: Type.Array(text('support')),
    permissions: Type.Array(text('users.view'), {
      description: 'The permissions that were granted directly, not by a role.',
    }),
    sessions: Type.Array(
      Type.Object({
        id: number(7),
        ip: orNull(Type.String(), '203.0.113.7'),
        device: orNull(Type.String(), 'Firefox on Linux'),
        refreshes: Type.Integer({
          description: 'How many times it was refreshed.',
          examples: [12],
        }),
        created_at: time('2026-03-01T08:00:00.000Z'),
        last_used_at: time('2026-03-02T09:30:00.000Z'),
        expires_at: time('2026-04-01T09:30:00.000Z'),
        ended_at: timeOrNull(null),
        end_cause: orNull(endCauseSchema, null),
        authenticated_at: orNull(
          Type.String({
            format: 'date-time',
            description: 'When the password was last checked in it; null: never on this server.',
          }),
          '2026-03-01T08:00:00.000Z',
        ),
      }),
    ),
    factors: factorListSchema,
    former_emails: Type.Array(
      Type.Object({
        email: text('ada@example.org'),
        kept_until: time('2026-03-08T08:00:00.000Z'),
      }),
      { description: 'Emails that were changed lately, and can be restored until then.' },
    ),
    mails: Type.Array(
      Type.Object({
        kind: text('password_reset'),
        email: text('ada@example.com'),
        state: text('sent'),
        created_at: time('2026-03-01T08:00:00.000Z'),
      }),
      { description: 'The mails about the user that the outbox still has, the newest first.' },
    ),
    known_networks: Type.Array(
      Type.Object({
        network: Type.String({
          description: 'An IPv4 IP, or the /64 of an IPv6 one.',
          examples: ['203.0.113.7'],
        }),
        last_used_at: time('2026-03-01T00:00:00.000Z'),
      }),
      { description: 'The networks that the user signed in from.' },
    ),
    events: Type.Array(
      Type.Object({
        at: time('2026-03-01T08:00:00.000Z'),
        kind: eventKind,
        ip: orNull(Type.String(), '203.0.113.7'),
      }),
      { description: 'What the audit log has about the user, the newest first, up to 10,000.' },
    ),
  },
  {
    title: 'Export',
    description: 'All that the server stores about the user, without secrets.',
    headers: attachment(exportFileName),
  },
);

/** Users take what is held about them with them. */
export function exportRoutes(app: FastifyInstance, deps: Deps): void {
  app.route({
    method: 'GET',
    url: '/api/me/export/',
    config: {
      auth: { kind: 'user' },
      writes: true, // that it was taken is recorded
      recentAuth: true,
      limits: ['EXPORTS_PER_USER'],
    },
    schema: {
      operationId: 'exportProfile',
      summary: 'Export all data about yourself',
      tags: ['Profile'],
      response: { 200: exportSchema, ...errorAnswers({ owner: true }) },
    },
    handler: async (request, reply) => {
      const { id } = principalOf(request);
      reply.header('content-disposition', dispositionOf(exportFileName));
      return exportOwnData(deps, { id, actor: actorOf(request) });
    },
  });
}
