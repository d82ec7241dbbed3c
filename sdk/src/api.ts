import { errorOfBody, type LatchkeyError, networkError, parseJson } from './errors.ts';
import type { paths } from './openapi.ts';

/** Every endpoint that answers in JSON, typed by its path. */

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface AnyOperation {
  readonly parameters: object;
  readonly requestBody?: unknown;
  readonly responses: object;
}

/** The paths that have the method. */
type PathsWith<M extends Method> = {
  [Path in keyof paths]: paths[Path] extends { [Name in Lowercase<M>]: AnyOperation }
    ? Path
    : never;
}[keyof paths];

type OperationOf<Path extends keyof paths, M extends Method> = Extract<
  paths[Path][Lowercase<M>],
  AnyOperation
>;

/** Without the members that can have no value. */
type Given<Of> = {
  [Name in keyof Of as [Exclude<Of[Name], undefined>] extends [never] ? never : Name]: Of[Name];
};

type ParamsOf<Op extends AnyOperation> = Given<
  Pick<Op['parameters'], keyof Op['parameters'] & ('path' | 'query' | 'header')>
>;

type BodyOf<Op extends AnyOperation> =
  Exclude<Op['requestBody'], undefined> extends {
    content: { 'application/json': infer Body };
  }
    ? Body
    : never;

type JsonOf<Response> = Response extends { content: { 'application/json': infer Data } }
  ? Data
  : undefined;

type Success = 200 | 201 | 202 | 204;

type DataOf<Op extends AnyOperation> = {
  [Status in keyof Op['responses']]: Status extends Success
    ? JsonOf<Op['responses'][Status]>
    : never;
}[keyof Op['responses']];

interface CommonInit {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

type InitOf<Op extends AnyOperation> = CommonInit &
  (Record<never, never> extends ParamsOf<Op>
    ? { readonly params?: ParamsOf<Op> | undefined }
    : { readonly params: ParamsOf<Op> }) &
  ([BodyOf<Op>] extends [never]
    ? unknown
    : Op extends { requestBody: unknown }
      ? { readonly body: BodyOf<Op> }
      : { readonly body?: BodyOf<Op> | undefined });

/** What an endpoint answered, a failure too. */
export type Answer<Data> =
  | { readonly data: Data; readonly error?: undefined; readonly response: Response }
  | { readonly data?: undefined; readonly error: LatchkeyError; readonly response: Response };

/** @throws LatchkeyError `network_error` */
type Call<M extends Method> = <Path extends PathsWith<M>>(
  path: Path,
  ...init: Record<never, never> extends InitOf<OperationOf<Path, M>>
    ? [init?: InitOf<OperationOf<Path, M>> | undefined]
    : [init: InitOf<OperationOf<Path, M>>]
) => Promise<Answer<DataOf<OperationOf<Path, M>>>>;

export type Api = { readonly [M in Method]: Call<M> };

interface AnyInit extends CommonInit {
  readonly params?: {
    readonly path?: Record<string, string>;
    readonly query?: Record<string, string>;
    readonly header?: Record<string, string>;
  };
  readonly body?: unknown;
}

/** @param send has read the whole answer before it gives it */
export function createApi(baseUrl: string, send: (request: Request) => Promise<Response>): Api {
  const call =
    (method: Method) =>
    async (path: string, init: AnyInit = {}): Promise<Answer<unknown>> => {
      const { params = {}, body, signal = null } = init;
      const inPath = path.replace(/{(\w+)}/g, (_all, name) =>
        encodeURIComponent(String(params.path?.[name])),
      );
      const query = Object.entries(params.query ?? {}).filter(([, value]) => value !== undefined);
      const search = query.length > 0 ? `?${new URLSearchParams(query)}` : '';
      const headers = { ...params.header, ...init.headers };
      const withBody = body !== undefined && {
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      };
      const url = `${baseUrl}${inPath}${search}`;
      return answerOf(await send(new Request(url, { method, headers, signal, ...withBody })));
    };
  return {
    GET: call('GET'),
    POST: call('POST'),
    PUT: call('PUT'),
    PATCH: call('PATCH'),
    DELETE: call('DELETE'),
  } as Api;
}

/** What was answered, as Latchkey does. */
export async function answerOf<Data>(response: Response): Promise<Answer<Data>> {
  const text = await response.text().catch((error) => {
    throw networkError(error);
  });
  const data = parseJson(text) as Data;
  const isExpected = response.ok && (data !== undefined || response.status === 204);
  return isExpected ? { data, response } : { error: errorOfBody(response, data), response };
}

/**
 * The body of an answer of `api`.
 *
 * @throws LatchkeyError if it is not a success
 */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data, error } = await call;
  if (error) throw error;
  return data as Data;
}

/** @throws LatchkeyError as `unwrap`, and if the answer is of somebody else: a page that stands in for the server may answer 200 too */
export async function expectOurs<Data extends object>(
  call: Promise<Answer<Data>>,
  member: keyof Data,
): Promise<Data> {
  const { data, error, response } = await call;
  if (data?.[member] === undefined) throw error ?? errorOfBody(response);
  return data;
}
