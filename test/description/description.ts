import { readFileSync } from 'node:fs';

/** `openapi.json`, as tests read it. */

export interface Media {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Record<string, { summary: string; value: Record<string, unknown> }>;
}

export interface DescribedHeader {
  readonly required: boolean;
  readonly schema: object;
}

export interface DescribedAnswer {
  readonly description: string;
  readonly headers: Record<string, DescribedHeader>;
  readonly content?: Record<string, Media>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: object;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: string[];
  readonly security: object[];
  readonly 'x-permission'?: string | string[];
  readonly parameters?: Parameter[];
  readonly requestBody?: { required: boolean; content: Record<string, Media> };
  readonly responses: Record<string, DescribedAnswer>;
}

interface Components {
  readonly schemas: Record<string, object>;
  readonly headers: Record<string, DescribedHeader>;
  readonly responses: Record<string, DescribedAnswer>;
}

export interface Description {
  readonly tags: { name: string; description: string }[];
  readonly components: Components;
  readonly paths: Record<string, Record<string, Operation>>;
}

/** An operation with its place, whose answers and headers stand in it. */
export interface DescribedOperation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const root = new URL('../../', import.meta.url);

export const description: Description = JSON.parse(
  readFileSync(new URL('openapi.json', root), 'utf8'),
);

/** Every operation of a description. */
export function operationsOf({ paths, components }: Description): DescribedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, operation]) => {
      const method = name.toUpperCase();
      const responses = answersOf(components, operation.responses);
      return { name: `${method} ${path}`, method, path, operation: { ...operation, responses } };
    }),
  );
}

function answersOf(
  components: Components,
  answers: Operation['responses'],
): Record<string, DescribedAnswer> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      const own = resolved(components.responses, answer);
      const headers = Object.entries(own.headers).map(([name, header]) => [
        name,
        resolved(components.headers, header),
      ]);
      return [status, { ...own, headers: Object.fromEntries(headers) }];
    }),
  );
}

function resolved<Part extends object>(parts: Readonly<Record<string, Part>>, part: Part): Part {
  const { $ref } = part as { $ref?: string };
  return $ref === undefined ? part : (parts[$ref.replace(/^.*\//, '')] as Part);
}

/** A schema that stands on its own. An object in it has no member but those that it names. */
export function standalone(schema: object, { components } = description): object {
  const copyOf = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map(copyOf);
    if ('$ref' in node) return copyOf(resolved(components.schemas, node as object));
    const copy = Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, copyOf(value)]),
    );
    return 'properties' in copy ? { additionalProperties: false, ...copy } : copy;
  };
  return copyOf(schema) as object;
}
