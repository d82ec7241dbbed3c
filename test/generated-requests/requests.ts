import fc from 'fast-check';
import { type DescribedOperation, type Parameter, standalone } from '../description/description.ts';
import { hostileJson, hostileText, type Schema, valuesOf } from './schema-values.ts';

/** Requests of an operation: good ones, and good ones with one thing changed. */

export interface GeneratedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A request whose parts are texts still, so that one of them can be changed. */
interface Parts {
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** JSON by member; undefined: there is no body. */
  readonly members: Readonly<Record<string, string>> | undefined;
  readonly mediaType: string;
  /** Stands in the place of the body that the members make. */
  readonly rawBody?: string;
}

type Change = (parts: Parts) => Parts;

export function requestsOf({
  method,
  path,
  operation,
}: DescribedOperation): fc.Arbitrary<GeneratedRequest> {
  const { parameters = [], requestBody } = operation;
  const mediaTypes = Object.keys(requestBody?.content ?? {});
  const bodySchema = requestBody?.content['application/json']?.schema;
  const good: fc.Arbitrary<Parts> = fc.record({
    path: textsOf(parameters, 'path'),
    query: textsOf(parameters, 'query').map((texts) => Object.entries(texts)),
    headers: textsOf(parameters, 'header'),
    members: bodySchema ? membersOf(bodySchema) : fc.constant(undefined),
    mediaType: mediaTypes.length > 0 ? fc.constantFrom(...mediaTypes) : fc.constant(''),
  });
  const changed = fc
    .tuple(good, changes(parameters, bodySchema))
    .map(([parts, change]) => change(parts));
  return fc
    .oneof({ arbitrary: good, weight: 1 }, { arbitrary: changed, weight: 3 })
    .map((parts) => assemble(method, path, parts));
}

function textsOf(parameters: readonly Parameter[], place: Parameter['in']) {
  const own = parameters.filter((parameter) => parameter.in === place);
  const values = own.map(
    ({ name, schema }) => [name, valuesOf(schema as Schema).map(String)] as const,
  );
  const isHeader = place === 'header';
  const texts = isHeader ? values.map(([name]) => [name, fc.uuid()] as const) : values;
  const requiredKeys = own.filter(({ required }) => required).map(({ name }) => name);
  return fc.record(Object.fromEntries(texts) as Record<string, fc.Arbitrary<string>>, {
    requiredKeys,
  });
}

function membersOf(schema: object): fc.Arbitrary<Record<string, string>> {
  return valuesOf(standalone(schema) as Schema).map((body) =>
    Object.fromEntries(
      Object.entries(body as object).map(([name, value]) => [name, JSON.stringify(value)]),
    ),
  );
}

const brokenBodies = [
  ...[
    '',
    ' ',
    '{',
    '[]',
    '"text"',
    '1',
    'null',
    'true',
    '{"a":}',
    'NaN',
    '{"__proto__":{"a":1}}',
    '\ufeff{}',
  ],
  ...['['.repeat(500), '{"a":'.repeat(500), '--x\r\n', 'a=b&&=&a=%zz', 'x'.repeat(2_000)],
];

const mediaTypesToTry = [
  ...[
    '',
    'text/plain',
    'application/xml',
    'application/json; charset=latin1',
    'application/jsonp',
    'json',
  ],
  ...['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=x'],
  ...['application/x-www-form-urlencoded; charset=utf-16', '*/*', 'APPLICATION/JSON', ';'],
];

const headersToTry: readonly (readonly [string, string])[] = [
  ['authorization', ''],
  ['authorization', 'Bearer'],
  ['authorization', 'Bearer a b'],
  ['authorization', 'Bearer a.b.c'],
  ['authorization', 'Bearer eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoxLCJleHAiOjk5OTk5OTk5OTl9.'],
  ['authorization', 'Basic YTpi'],
  ['accept', 'text/html'],
  ['accept', 'nonsense;q=x'],
  ['accept-encoding', 'gzip'],
  ['accept-encoding', 'br;q=0, *;q=0'],
  ['if-none-match', '*'],
  ['if-match', '"x"'],
  ['range', 'bytes=0-1'],
  ['origin', 'https://evil.example'],
  ['cookie', '__Host-latchkey-admin=x'],
  ['x-forwarded-for', 'x'],
  ['x-request-id', 'a'.repeat(300)],
  ['idempotency-key', 'k'.repeat(300)],
];

/** One thing that is changed: missing, of another type, out of bounds, hostile, or of another form. */
function changes(
  parameters: readonly Parameter[],
  bodySchema: object | undefined,
): fc.Arbitrary<Change> {
  const namesIn = (place: Parameter['in']) =>
    parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
  const inPath = namesIn('path');
  const inQuery = namesIn('query');
  const members = Object.keys(
    (bodySchema ? (standalone(bodySchema) as Schema) : {}).properties ?? {},
  );
  const withHeader = fc.constantFrom(...headersToTry).map(
    ([name, value]): Change =>
      (parts) => ({ ...parts, headers: { ...parts.headers, [name]: value } }),
  );
  const withQuery = fc
    .tuple(fc.constantFrom(...inQuery, 'unknown'), fc.oneof(hostileText, hostileJson), fc.boolean())
    .map(
      ([name, value, isAgain]): Change =>
        (parts) => ({
          ...parts,
          query: [...parts.query.filter(([other]) => isAgain || other !== name), [name, value]],
        }),
    );
  const rest: fc.Arbitrary<Change>[] = [];
  if (inPath.length > 0) {
    rest.push(
      fc
        .tuple(fc.constantFrom(...inPath), fc.oneof(hostileText, hostileJson))
        .map(([name, value]) => (parts) => ({ ...parts, path: { ...parts.path, [name]: value } })),
    );
  }
  if (bodySchema) {
    rest.push(
      fc.constantFrom(...members).map((name) => (parts) => {
        const { [name]: _, ...others } = parts.members ?? {};
        return { ...parts, members: others };
      }),
      ...[1, 2, 3].map(() =>
        fc.tuple(fc.constantFrom(...members, 'unknown', '__proto__'), hostileJson).map(
          ([name, json]): Change =>
            (parts) => ({ ...parts, members: { ...parts.members, [name]: json } }),
        ),
      ),
      fc.constantFrom(...brokenBodies).map((rawBody) => (parts) => ({ ...parts, rawBody })),
      fc.constantFrom(...mediaTypesToTry).map((mediaType) => (parts) => ({ ...parts, mediaType })),
    );
  }
  return fc.oneof(withHeader, withQuery, ...rest);
}

function assemble(method: string, path: string, parts: Parts): GeneratedRequest {
  const filled = path.replace(/\{(\w+)\}/g, (_all, name) => encoded(parts.path[name] ?? ''));
  const query = parts.query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  const { mediaType } = parts;
  const body = bodyOf(parts);
  return {
    method,
    path: query === '' ? filled : `${filled}?${query}`,
    headers: {
      ...parts.headers,
      ...(body !== undefined && mediaType !== '' && { 'content-type': contentType(mediaType) }),
    },
    body,
  };
}

/** Lone surrogates have no UTF-8; what stands for them is as strange. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const boundary = 'a-boundary';

function contentType(mediaType: string): string {
  return mediaType === 'multipart/form-data' ? `${mediaType}; boundary=${boundary}` : mediaType;
}

function bodyOf({ members, mediaType, rawBody }: Parts): string | undefined {
  if (rawBody !== undefined) return rawBody;
  if (!members) return undefined;
  const entries = Object.entries(members);
  if (mediaType === 'application/x-www-form-urlencoded') {
    return entries.map(([name, json]) => `${encoded(name)}=${encoded(formText(json))}`).join('&');
  }
  if (mediaType === 'multipart/form-data') {
    const parts = entries.map(
      ([name, json]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${formText(json)}\r\n`,
    );
    return `${parts.join('')}--${boundary}--\r\n`;
  }
  return `{${entries.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

/** A member as forms have it. */
function formText(json: string): string {
  if (!json.startsWith('"')) return json;
  return String(JSON.parse(json));
}
