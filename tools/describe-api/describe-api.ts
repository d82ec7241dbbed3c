import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { buildApp } from '../../src/app.ts';
import { configOptions } from '../../src/config/config-options.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openSettings } from '../../src/settings/settings.ts';
import { documentText, registerDocument } from './document.ts';
import { emptyDatabase } from './empty-database.ts';

/** The OpenAPI description, from the same routes that the server has. */
export async function describeApi(): Promise<string> {
  const database = emptyDatabase();
  const app = await buildApp(
    {
      database,
      settings: await openSettings(database),
      clock: systemClock,
      log: pino({ level: 'silent' }),
      metrics: createMetrics(),
      secretKey: randomUUID(),
      breachRangeUrl: configOptions.breachRangeUrl.default,
    },
    { beforeRoutes: registerDocument },
  );
  try {
    return documentText(app.http);
  } finally {
    await app.close();
  }
}
