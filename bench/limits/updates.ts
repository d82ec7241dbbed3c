import pg from 'pg';

/**
 * The limit of what PostgreSQL and this disk can do with rows that are changed one by one, each change
 * a durable transaction: as pgbench does, but through the driver that the product uses.
 */
export async function rawUpdatesPerSecond(
  url: string,
  options: { clients: number; users: number; seconds: number },
): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: options.clients }, async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return client;
    }),
  );
  const startedAt = performance.now();
  let done = 0;
  await Promise.all(
    clients.map(async (client, index) => {
      for (let turn = index; performance.now() < startedAt + options.seconds * 1000; turn += 64) {
        await client.query({
          name: 'touch',
          text: 'update sessions set refreshed_at_ms = refreshed_at_ms + 1 where id = $1',
          values: [((turn * 7_919) % options.users) + 1],
        });
        done += 1;
      }
    }),
  );
  const rate = (done * 1000) / (performance.now() - startedAt);
  await Promise.all(clients.map((client) => client.end()));
  return rate;
}
