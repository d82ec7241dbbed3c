import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { principalOf } from '../../../http/guards.ts';
import { errorAnswers, idPath } from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { FactorChangeDeps, FactorOwner } from './factor-changes.ts';
import {
  type FactorKey,
  factorNameBody,
  factorRemovalBody,
  removeOwnFactor,
  renameOwnFactor,
} from './own-factors.ts';

/** What the routes of users' own factors share. */

export const factorTags = { tags: ['Factors'] };

/** Of a route that changes factors. */
export const changesFactors = {
  auth: { kind: 'user' },
  recentAuth: true,
  limits: ['SECURITY_CHANGES_PER_SESSION'],
} as const;

export type IdPath = { Params: Static<typeof idPath> };

/** The user whose factors a request is about: the one who makes it. */
export function factorOwnerOf(request: Parameters<typeof actorOf>[0]): FactorOwner {
  const { id, sessionId } = principalOf(request);
  return { id, sessionId, actor: actorOf(request) };
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
}

const removal =
  'Devices that were remembered are forgotten. The recovery codes go with the last factor. The last factor of a user ' +
  'who is obliged to have one stays.';

const done = (description: string) => ({ 204: Type.Null({ description }) });

/** The routes that rename and remove the factors of a kind. */
export function ownFactorRoutes(
  app: FastifyInstance,
  deps: FactorChangeDeps & Pick<Deps, 'clock'>,
  of: {
    readonly factor: FactorKey['factor'];
    /** Ends with `:id/`. */
    readonly url: string;
    readonly rename: Operation;
    /** `note`: what else a client should know of it. */
    readonly remove: Operation & { readonly note?: string };
  },
): void {
  const { factor, url } = of;
  const { note, ...remove } = of.remove;

  app.route<IdPath>({
    method: 'PATCH',
    url,
    config: changesFactors,
    schema: {
      ...factorTags,
      ...of.rename,
      params: idPath,
      body: factorNameBody.schema,
      response: {
        ...done('It has the name.'),
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_fields', 'invalid_body', 'not_found'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const key = { factor, id: request.params.id };
      await renameOwnFactor(deps, factorOwnerOf(request), key, request.body as Body);
      return reply.code(204).send();
    },
  });

  app.route<IdPath>({
    method: 'DELETE',
    url,
    config: changesFactors,
    schema: {
      ...factorTags,
      ...remove,
      description: note ? `${removal} ${note}` : removal,
      params: idPath,
      body: factorRemovalBody.schema,
      response: {
        ...done('It is gone.'),
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_fields', 'invalid_body', 'not_found', 'factor_required'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const key = { factor, id: request.params.id };
      await removeOwnFactor(deps, factorOwnerOf(request), key, request.body as Body);
      return reply.code(204).send();
    },
  });
}
