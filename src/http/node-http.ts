/**
 * What we need of Node's HTTP beside Fastify. An `import` of `node:http` names all that it exports, which
 * loads the client behind `fetch` too: a tenth of what a start costs.
 */
export const { METHODS, STATUS_CODES } = process.getBuiltinModule('node:http');
