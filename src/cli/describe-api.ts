import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { buildApp } from '../app.ts';
import { emptyDatabase } from '../db/empty-database.ts';
import { documentText } from '../http/document.ts';
import { systemClock } from '../lib/clock.ts';
import { createMetrics } from '../lib/metrics.ts';
import { openSettings } from '../settings/settings.ts';

/** The OpenAPI description, from the same routes that the server has. */
export async function describeApi(): Promise<string> {
  const database = emptyDatabase();
  const app = await buildApp({
    database,
    settings: await openSettings(database),
    clock: systemClock,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(),
    secretKey: randomUUID(),
  });
  try {
    return documentText(app.http);
  } finally {
    await app.close();
  }
}
