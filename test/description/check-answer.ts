import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type DescribedAnswer, description, operationsOf, standalone } from './description.ts';

/** Holds what the server answers against `openapi.json`. */

export interface AnswerToCheck {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly text: string;
}

const ajv = new Ajv2020({ strict: true, allErrors: true });
// Its types are those of CommonJS, whose default export is a member.
(addFormats as unknown as typeof addFormats.default)(ajv);

const operations = operationsOf(description);
const paths = Object.keys(description.paths).map((path) => ({
  path,
  // Every path is served without its last slash too.
  form: new RegExp(
    `^${path
      .replaceAll('.', '\\.')
      .replace(/\{\w+\}/g, '[^/]+')
      .replace(/\/$/, '/?')}$`,
  ),
  methods: new Map(
    operations
      .filter((operation) => operation.path === path)
      .map(({ method, operation }) => [method, operation]),
  ),
}));

const problem = description.components.schemas.Problem as object;

/** What means something to a client or a cache, so that it is described where it is sent. */
const meaningful = [
  ...['allow', 'cache-control', 'content-disposition', 'content-encoding', 'etag', 'location'],
  ...['ratelimit', 'ratelimit-policy', 'retry-after', 'set-cookie', 'vary', 'www-authenticate'],
];

/**
 * Finds what an answer has that the description does not say of it. What is not of the API, such as a page
 * or what a test adds, is not looked at.
 *
 * @param path with its query
 * @throws Error
 */
export function checkAnswer(method: string, path: string, answer: AnswerToCheck): void {
  const problems = problemsOf(method, path.replace(/[?#].*$/s, ''), answer);
  if (problems.length === 0) return;
  throw new Error(
    `openapi.json says something else of ${method} ${path}, answered with ${answer.status}:\n` +
      `${problems.join('\n')}\n${answer.text.slice(0, 2_000)}`,
  );
}

function problemsOf(method: string, path: string, answer: AnswerToCheck): string[] {
  const found =
    paths.find((known) => known.path === path) ?? paths.find(({ form }) => form.test(path));
  if (!found) return path.startsWith('/api/') ? problemsOfError(answer) : [];
  if (method === 'OPTIONS' && answer.status < 300) return [];
  const operation = found.methods.get(method === 'HEAD' ? 'GET' : method);
  if (!operation) return problemsOfError(answer);
  const described = operation.responses[answer.status];
  if (!described) return ['There is no such status.'];
  return [
    ...problemsOfHeaders(described, answer),
    ...(method === 'HEAD' ? [] : problemsOfBody(described, answer)),
  ];
}

/** Of what has no operation: the answer is an error, and a problem document. */
function problemsOfError({ status, text, body }: AnswerToCheck): string[] {
  if (status < 400) return ['There is no such operation.'];
  return text === '' ? [] : problemsOfValue(problem, body);
}

function problemsOfBody({ content = {} }: DescribedAnswer, { headers, body, text }: AnswerToCheck) {
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  const media = content[type];
  if (!media) {
    const isEmpty = Object.keys(content).length === 0 && type === '' && text === '';
    return isEmpty ? [] : [`The type is ${type || 'missing'}, not ${Object.keys(content)}.`];
  }
  const problems = problemsOfValue(media.schema, body ?? text);
  const { code } = (body ?? {}) as { code?: string };
  if (type === 'application/problem+json' && !Object.hasOwn(media.examples ?? {}, code ?? '')) {
    problems.push(`The code ${code} is not among the examples.`);
  }
  return problems;
}

function problemsOfHeaders({ headers: described }: DescribedAnswer, { headers }: AnswerToCheck) {
  const known = new Set(Object.keys(described).map((name) => name.toLowerCase()));
  const unknown = meaningful.filter((name) => !known.has(name) && ownValue(headers, name) !== null);
  return [
    ...unknown.map((name) => `The header ${name} is not described.`),
    ...Object.entries(described).flatMap(([name, { required, schema }]) => {
      const value = ownValue(headers, name);
      if (value === null) return required ? [`The header ${name} is missing.`] : [];
      return problemsOfValue(schema, value).map((problem) => `${name}: ${value} ${problem}`);
    }),
  ];
}

/** A header of the operation; what comes from the configuration of CORS is described in a guide. */
function ownValue(headers: Headers, name: string): string | null {
  const value = headers.get(name);
  if (name.toLowerCase() !== 'vary' || value === null) return value;
  const own = value.split(/\s*,\s*/).filter((part) => part.toLowerCase() !== 'origin');
  return own.length === 0 ? null : own.join(', ');
}

const compiled = new WeakMap<object, ValidateFunction>();

function problemsOfValue(schema: object, value: unknown): string[] {
  const validate = compiled.get(schema) ?? ajv.compile(standalone(schema));
  compiled.set(schema, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
