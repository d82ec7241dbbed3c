import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../../deps.ts';
import { acceptedLanguages } from '../../../http/negotiation.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { errorAnswers, idPath } from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { inviteUser } from './invitations.ts';

const invitation = Type.Object(
  {
    url: Type.String({
      description:
        'The link. Send it only to the user: the first person to open it takes over the account.',
      examples: [
        'https://auth.example.com/account/invitation/?token=a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k',
      ],
    }),
    expires_at: Type.String({ format: 'date-time', examples: ['2026-03-04T08:00:00.000Z'] }),
    is_mailed: Type.Boolean({
      description:
        'Whether it is mailed to the user. It is not if the server has no SMTP server, or if the user ' +
        'has been sent as many mails as `MAILS_PER_RECIPIENT` allows.',
      examples: [true],
    }),
  },
  { title: 'Invitation', description: 'The invitation.' },
);

export function invitationAdminRoutes(app: FastifyInstance, deps: Deps & { mail: Mail }): void {
  app.route<{ Params: Static<typeof idPath> }>({
    method: 'POST',
    url: '/api/admin/users/:id/invitation/',
    config: {
      auth: { kind: 'admin', permission: 'users.create' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      operationId: 'inviteUser',
      summary: 'Invite a user who has no password',
      description:
        'The answer has a link by which the user sets the first password, once. An earlier link of ' +
        'the user is void. The link begins with `LATCHKEY_PUBLIC_URL`. If the server sends mail, it ' +
        "is also mailed to the user, in the user's language, or that of the request.",
      tags: ['Users'],
      params: idPath,
      response: {
        201: invitation,
        ...errorAnswers({ admin: true }, 'not_found', 'password_already_set'),
      },
    },
    handler: async (request, reply) => {
      const byMail = {
        publicUrl: publicUrlOf(app, deps),
        languages: acceptedLanguages(request.headers),
      };
      const issued = await inviteUser({ ...deps, ...byMail }, actorOf(request), request.params.id);
      return reply.code(201).send({
        url: issued.url,
        expires_at: new Date(issued.expiresAtMs).toISOString(),
        is_mailed: issued.isMailed,
      });
    },
  });
}
