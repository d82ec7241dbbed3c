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
        'Whether it is on its way to the user by mail: not where the server sends none, nor where the user has ' +
        'been sent as many as `MAILS_PER_RECIPIENT` allows.',
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
        'Gives a link by which the user sets the first password, once. The link that they had is void. ' +
        'It begins with `LATCHKEY_PUBLIC_URL`, and is mailed to the user as well where there is mail, in the ' +
        'language of the user, or of the request where that is not known.',
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
