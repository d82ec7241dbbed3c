import validatorFactory from '@fastify/ajv-compiler';
import serializerFactory from '@fastify/fast-json-stringify-compiler';
import type { FastifyInstance, FastifySchemaValidationError } from 'fastify';

type Errors = FastifySchemaValidationError[] | null;

/**
 * The parts of a request whose schema is only for the API description. The routes read them by the contract's rules
 * (`contract/declare-body.ts`), because JSON Schema has neither its messages nor their order.
 */
const readByRoutes: ReadonlySet<string> = new Set(['body', 'headers']);

/**
 * Makes what checks a request, and what writes an answer, when a route first needs it. Making all of
 * them is half of what a start costs, and most are never used: errors are sent as text.
 */
export function compileSchemasLazily(app: FastifyInstance): void {
  const compileSerializer = serializerFactory()();
  app.setSerializerCompiler(({ method, url, httpStatus = '200', schema }) => {
    let serialize: ((value: unknown) => string) | undefined;
    return (value) => {
      serialize ??= compileSerializer({ method, url, httpStatus, schema });
      return serialize(value);
    };
  });

  app.setValidatorCompiler<object>(({ schema, httpPart }) =>
    readByRoutes.has(httpPart ?? '') ? () => true : validateLazily(schema),
  );
}

let compileValidator: ReturnType<ReturnType<typeof validatorFactory>> | undefined;

function validateLazily(schema: object) {
  let compiled: ReturnType<NonNullable<typeof compileValidator>> | undefined;
  const validate = (value: unknown) => {
    compileValidator ??= validatorFactory()({}, { customOptions: { coerceTypes: false } });
    compiled ??= compileValidator({ schema });
    readTexts(schema, value);
    const isValid = compiled(value) === true; // no schema of ours is asynchronous
    validate.errors = compiled.errors as Errors; // where Fastify looks for them
    return isValid;
  };
  validate.errors = null as Errors;
  return validate;
}

/** The one way to write an integer in a path or a query: what else names a number may pass a proxy's rules. */
const integerText = /^(?:0|-?[1-9][0-9]{0,15})$/;

/**
 * Turns the texts of a path or a query into the values that the schema asks for. A text that is not such a value
 * stays, and the schema then refuses it.
 */
function readTexts(
  schema: { readonly properties?: Record<string, { type?: string }> },
  value: unknown,
) {
  const texts = value as Record<string, unknown>;
  for (const [name, { type }] of Object.entries(schema.properties ?? {})) {
    const text = texts[name];
    if (typeof text !== 'string') continue;
    if (type === 'integer' && integerText.test(text)) texts[name] = Number(text);
    if (type === 'boolean' && (text === 'true' || text === 'false')) texts[name] = text === 'true';
  }
}
