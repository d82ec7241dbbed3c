import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { principalOf } from '../../../http/guards.ts';
import { methodNotAllowed } from '../../../http/methods.ts';
import { errorAnswers } from '../../../http/schemas.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import type { Notices } from '../../identity/notices/index.ts';
import type { Passwords } from '../../identity/passwords/index.ts';
import { actorOf, type Failures } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { accountDeletionBody, deleteOwnAccount } from './delete-account.ts';

const deleted = Type.Null({ description: 'The account is gone, with its sessions.' });

/** What is wrong with a body that cannot be read. Fastify says itself where one is too large. */
const unreadable: ReadonlySet<string> = new Set([
  'malformed_body',
  'unsupported_media_type',
  'FST_ERR_CTP_BODY_TOO_LARGE',
]);

/**
 * The contract knows no DELETE here, and answers it 405. So only a body that names a password, or says that it is
 * meant, is a deletion; any other DELETE is answered as clients know it (docs/decisions/account-deletion.md).
 */
export function deleteAccountRoutes(
  app: FastifyInstance,
  deps: Deps & { passwords: Passwords; limits: Limits; failures: Failures; notices: Notices },
): void {
  app.route({
    method: 'DELETE',
    url: '/api/me/',
    config: {
      auth: { kind: 'user' },
      isUnlisted: true,
      recentAuth: false,
      limits: ['SECURITY_CHANGES_PER_SESSION'],
    },
    schema: {
      operationId: 'deleteAccount',
      summary: 'Delete your account',
      description:
        'Deletes the account and all that is held about it, for good. Takes the password again, or `confirm` where ' +
        'recent authentication stands in for it. Any other body is answered 405.',
      tags: ['Profile'],
      body: accountDeletionBody.schema,
      response: {
        204: deleted,
        ...errorAnswers(
          { owner: true },
          'invalid_fields',
          'insufficient_user_authentication',
          'last_superuser',
          'rate_limited',
          'overloaded',
        ),
      },
    },
    errorHandler(error, request) {
      throw unreadable.has(error.code) ? methodNotAllowed(request) : error;
    },
    handler: async (request, reply) => {
      const body = request.body as Body;
      if (!isDeletion(body)) {
        throw methodNotAllowed(request, { password: ['This field is required.'] });
      }
      const network = countedNetwork(request.ip);
      const own = { ...principalOf(request), network, actor: actorOf(request) };
      await deleteOwnAccount(deps, own, body);
      return reply.code(204).send();
    },
  });
}

function isDeletion({ value }: Body): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, 'password') || ('confirm' in value && value.confirm === true);
}
