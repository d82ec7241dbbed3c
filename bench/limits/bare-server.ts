import Fastify from 'fastify';
import { profileSchema, tokenPairSchema } from '../../src/http/schemas.ts';

/**
 * The limit of what Fastify can do here: routes that do nothing but answer, in the shape and the
 * size of ours.
 */
const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
const profile = { id: 500_000, username: 'user500000', email: 'user500000@example.com' };
const pair = {
  access_token: 'x'.repeat(182),
  refresh_token: '0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11',
};

app.get('/bare', { schema: { response: { 200: profileSchema } } }, (_request, reply) => {
  reply.send(profile);
});
app.post('/bare', { schema: { response: { 200: tokenPairSchema } } }, (_request, reply) => {
  reply.send(pair);
});

process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.on('SIGTERM', () => process.exit(0));
