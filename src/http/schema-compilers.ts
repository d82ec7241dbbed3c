import validatorFactory from '@fastify/ajv-compiler';
import serializerFactory from '@fastify/fast-json-stringify-compiler';
import type { FastifyInstance, FastifySchemaValidationError } from 'fastify';

type Errors = FastifySchemaValidationError[] | null;

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

  app.setValidatorCompiler<object>(({ schema }) => validateLazily(schema));
}

let compileValidator: ReturnType<ReturnType<typeof validatorFactory>> | undefined;

function validateLazily(schema: object) {
  let compiled: ReturnType<NonNullable<typeof compileValidator>> | undefined;
  const validate = (value: unknown) => {
    compileValidator ??= validatorFactory()({}, { customOptions: {} });
    compiled ??= compileValidator({ schema });
    const isValid = compiled(value) === true; // no schema of ours is asynchronous
    validate.errors = compiled.errors as Errors; // where Fastify looks for them
    return isValid;
  };
  validate.errors = null as Errors;
  return validate;
}

/**
 * For routes whose body, and whose headers, have a schema that is there to be read: they are checked by
 * the contract's rules (`lib/fields.ts`), which are not JSON Schema's. The path is checked as everywhere.
 */
export const readByHand = {
  validatorCompiler: ({ schema, httpPart }: { schema: object; httpPart?: string }) =>
    httpPart === 'params' ? validateLazily(schema) : () => true,
};
