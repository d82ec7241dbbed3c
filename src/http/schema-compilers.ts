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

  let compileValidator: ReturnType<ReturnType<typeof validatorFactory>> | undefined;
  app.setValidatorCompiler<object>(({ schema }) => {
    let validate: ReturnType<NonNullable<typeof compileValidator>> | undefined;
    const validateLazily = (value: unknown) => {
      compileValidator ??= validatorFactory()({}, { customOptions: {} });
      validate ??= compileValidator({ schema });
      const isValid = validate(value) === true; // no schema of ours is asynchronous
      validateLazily.errors = validate.errors as Errors; // where Fastify looks for them
      return isValid;
    };
    validateLazily.errors = null as Errors;
    return validateLazily;
  });
}
