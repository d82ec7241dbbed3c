import { STATUS_CODES } from 'node:http';
import swagger from '@fastify/swagger';
import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { allowedMethods } from '../../src/http/methods.ts';
import { bodyTypes } from '../../src/http/parse-body.ts';
import { routePermissions } from '../../src/http/routes.ts';
import { packageInfo } from '../../src/lib/own-package.ts';

/** The OpenAPI description of the HTTP API, made from the routes and their schemas. */

const description = `
Accounts, sessions and tokens.

**Sign in** at \`/api/login/\` for a pair of tokens. Send the access token as
\`Authorization: Bearer <token>\`. It is good for a short time; **refresh** at \`/api/refresh/\` before
or after it ends. A refresh token works once: its answer has the next one.

**Bodies** are JSON, URL-encoded forms or multipart forms, as you like. Every path is served without
its last slash too.

**Errors** are problem documents (RFC 9457). \`code\` is one of a closed set, and \`type\` leads to a page
that explains it.
`.trim();

const tags = [
  { name: 'Accounts', description: 'Make an account, and reset its password.' },
  { name: 'Mail', description: 'What is in the outbox. For administrators.' },
  { name: 'Sessions', description: 'Sign in, refresh a session, log out.' },
  { name: 'Profile', description: 'What users may see and change about themselves.' },
  { name: 'Factors', description: 'What users sign in with besides the password.' },
  { name: 'Users', description: 'All users and their sessions: for administrators.' },
  { name: 'Roles', description: 'Roles and permissions: for administrators.' },
  { name: 'Settings', description: 'The live settings: for administrators.' },
  { name: 'Audit log', description: 'The record of what happened: for administrators.' },
  { name: 'Keys', description: 'The public keys of access tokens.' },
  { name: 'Operation', description: 'For operators and tools.' },
];

const bearer = {
  type: 'http' as const,
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'The `access_token` of a sign-in or a refresh.',
};

const requestIdHeader = {
  description: "The name of this request in the server's log. A name that a proxy sent is kept.",
  required: true,
  schema: { type: 'string' as const, examples: ['4be1f0c2a7-1f'] },
};

/** Begins to note the routes. Before the first of them. */
export async function registerDocument(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Latchkey',
        version: packageInfo().version,
        description,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'This server.' }],
      tags,
      components: { securitySchemes: { bearer }, headers: { RequestId: requestIdHeader } },
    },
    transform: ({ schema, url, route }) => ({
      url,
      schema: {
        ...schema,
        ...(schema?.body !== undefined && {
          consumes: schema.consumes ?? Object.values(bodyTypes),
        }),
        security: route.config?.auth?.kind === 'public' ? [] : [{ bearer: [] }],
        ...demandOf(schema?.description, route.config),
        ...(route.config?.isUnlisted && { 'x-unlisted': true }),
      },
    }),
    transformObject: (document) => {
      if ('openapiObject' in document) return finish(document.openapiObject as Document);
      return document.swaggerObject;
    },
  });
}

/** What a route takes, for people and for generated clients. */
function demandOf(description: unknown, config: FastifyContextConfig | undefined) {
  const permissions = routePermissions(config);
  const names = permissions.map((name) => `\`${name}\``).join(' or ');
  const sentences = [
    ...(typeof description === 'string' ? [description] : []),
    ...(permissions.length > 0 ? [`Needs the permission ${names}.`] : []),
    ...(config?.recentAuth ? ['Needs recent authentication.'] : []),
  ];
  return {
    ...(sentences.length > 0 && { description: sentences.join('\n\n') }),
    ...(permissions.length > 0 && {
      'x-permission': permissions.length === 1 ? permissions[0] : permissions,
    }),
    ...(config?.recentAuth && { 'x-recent-authentication': true }),
  };
}

/** The description as text, once the server is ready. */
export function documentText(app: FastifyInstance): string {
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, unknown>;
    headers: Record<string, unknown>;
    responses?: Record<string, unknown>;
  };
}

interface Operation {
  /** As the route's `config.isUnlisted`. */
  'x-unlisted'?: boolean;
  parameters?: { required?: boolean; schema?: { default?: unknown } }[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, Answer>;
}

interface Answer {
  headers?: Record<string, Header>;
  content?: Record<string, Media>;
  $ref?: string;
}

interface Header {
  required?: boolean;
  schema?: {
    examples?: unknown[];
    enum?: unknown[] /** As `optionalHeader` says. */;
    'x-optional'?: boolean;
  };
  $ref?: string;
}

interface Media {
  schema: Schema;
  example?: unknown;
  examples?: Readonly<Record<string, unknown>>;
}

interface Schema {
  readonly title?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
}

/** What is the same for every operation, and what the plugin cannot know. */
function finish(document: Document): Document {
  for (const path of Object.values(document.paths)) {
    const listed = Object.entries(path).filter(([, operation]) => !operation['x-unlisted']);
    const methods = listed.map(([method]) => method.toUpperCase());
    const allow = allowedMethods(new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods));
    for (const operation of Object.values(path)) finishOperation(operation, allow);
  }
  nameSchemas(document.paths, document.components.schemas);
  shareHeaders(document);
  shareErrors(document);
  return document;
}

function finishOperation(operation: Operation, allow: readonly string[]): void {
  const { parameters = [], requestBody, responses } = operation;
  delete operation['x-unlisted'];
  for (const parameter of parameters) {
    if (parameter.schema?.default !== undefined) parameter.required = false;
  }
  if (requestBody) {
    const [body] = Object.values(requestBody.content);
    requestBody.required = (body?.schema.required ?? []).length > 0;
    Object.values(requestBody.content).forEach(addExample);
  }
  for (const answer of Object.values(responses)) {
    for (const header of Object.values(answer.headers ?? {})) {
      header.required = !header.schema?.['x-optional'];
      delete header.schema?.['x-optional'];
    }
    const { Allow: allowHeader } = answer.headers ?? {};
    if (allowHeader?.schema) allowHeader.schema.examples = [allow.join(', ')];
    answer.headers = {
      ...answer.headers,
      'X-Request-Id': { $ref: '#/components/headers/RequestId' },
    };
    Object.values(answer.content ?? {}).forEach(addExample);
  }
}

function addExample(media: Media): void {
  const example = media.examples === undefined ? exampleOf(media.schema) : undefined;
  if (example !== undefined) media.example = example;
}

/** Put together from the examples of the parts; undefined if one has none. */
function exampleOf({ examples, properties, items }: Schema): unknown {
  if (examples) return examples[0];
  if (items) {
    const item = exampleOf(items);
    return item === undefined ? undefined : [item];
  }
  if (!properties) return undefined;
  const members = Object.entries(properties).map(([name, schema]) => [name, exampleOf(schema)]);
  if (members.some(([, example]) => example === undefined)) return undefined;
  return Object.fromEntries(members);
}

/**
 * Moves each schema that has a title to the components, where generated clients find its name: those of
 * bodies, and the alternatives of a member.
 */
function nameSchemas(node: unknown, named: Record<string, unknown>, isSchemas = false): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    const title = (key === 'schema' || isSchemas) && (value as Schema).title;
    nameSchemas(value, named, key === 'anyOf');
    if (typeof title === 'string') {
      named[title] ??= value;
      (node as Record<string, unknown>)[key] = { $ref: `#/components/schemas/${title}` };
    }
  }
}

/** Moves each header that several answers have to the components. */
function shareHeaders({ paths, components }: Document): void {
  const places = answersOf(paths).flatMap(({ answer: { headers = {} } }) =>
    Object.entries(headers).map(([name, header]) => ({ headers, name, header })),
  );
  const own = places.filter(({ header }) => !header.$ref);
  for (const same of Map.groupBy(own, (place) =>
    JSON.stringify([place.name, place.header]),
  ).values()) {
    const [first] = same;
    if (!first || same.length === 1) continue;
    const shared = freeName(first.name.replaceAll('-', ''), components.headers);
    components.headers[shared] = first.header;
    for (const { headers, name } of same)
      headers[name] = { $ref: `#/components/headers/${shared}` };
  }
}

/** Every answer of every operation. */
function answersOf(paths: Document['paths']) {
  return Object.values(paths)
    .flatMap((path) => Object.values(path))
    .flatMap(({ responses }) =>
      Object.entries(responses).map(([status, answer]) => ({ responses, status, answer })),
    );
}

/** Moves each error answer that several operations have to the components: they are half of the text. */
function shareErrors({ paths, components }: Document): void {
  const places = answersOf(paths).filter(({ status }) => Number(status) >= 400);
  const shared: Record<string, unknown> = {};
  for (const same of Map.groupBy(places, ({ answer }) => JSON.stringify(answer)).values()) {
    const [first] = same;
    if (!first || same.length === 1) continue;
    const name = freeName(errorName(first.status, first.answer), shared);
    shared[name] = first.answer;
    for (const { responses, status } of same) {
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  components.responses = shared;
}

/** Of the one code that it has, or of its status. */
function errorName(status: string, { content = {} }: Answer): string {
  const codes = Object.values(content).flatMap(({ examples }) => Object.keys(examples ?? {}));
  const words = codes.length === 1 ? codes[0]?.split('_') : STATUS_CODES[status]?.split(/\W+/);
  return (words ?? [`Status${status}`]).map(capitalized).join('');
}

function capitalized(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function freeName(name: string, taken: Readonly<Record<string, unknown>>): string {
  let free = name;
  for (let count = 2; free in taken; count += 1) free = `${name}${count}`;
  return free;
}
