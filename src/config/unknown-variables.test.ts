import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { platformVariables, unknownVariables, variablesText } from './unknown-variables.ts';

test('misspelt variables are named with the right spelling, and those of a platform are not named', () => {
  const unknown = unknownVariables({
    LATCHKEY_ACCESS_TOKEN_LIFTIME: '60',
    LATCHKEY_PORTT: '8000',
    LATCHKEY_SECRETKEY: 'a secret that nobody must see',
    LATCHKEY_VENDOR: 'x',
    LATCHKEY_PORT_: '',
    ...{ LATCHKEY_PORT: '8000', LATCHKEY_SECRET_KEY: 'x', LATCHKEY_MAINTENANCE_MODE: 'true' },
    ...{ PATH: '/bin', MY_LATCHKEY_PORT: '1' },
    LATCHKEY_SERVICE_HOST: '10.0.0.1',
    LATCHKEY_SERVICE_PORT: '8000',
    LATCHKEY_SERVICE_PORT_HTTP: '8000',
    LATCHKEY_DB_PORT: 'tcp://10.0.0.1:5432',
    LATCHKEY_PORT_8000_TCP: 'tcp://10.0.0.1:8000',
    LATCHKEY_PORT_8000_TCP_ADDR: '10.0.0.1',
  });
  expect(variablesText(unknown)).toBe(
    'LATCHKEY_ACCESS_TOKEN_LIFTIME (did you mean LATCHKEY_ACCESS_TOKEN_LIFETIME?), ' +
      'LATCHKEY_PORTT (did you mean LATCHKEY_PORT?), ' +
      'LATCHKEY_SECRETKEY (did you mean LATCHKEY_SECRET_KEY?), LATCHKEY_VENDOR',
  );
});

test('what Kubernetes puts into a variable of ours is taken as not given, and said', () => {
  const environment = {
    LATCHKEY_PORT: 'tcp://10.3.240.1:8000', // a Service called latchkey
    LATCHKEY_METRICS_PORT: 'tcp://10.3.240.2:9464', // one called latchkey-metrics
  };
  const { port, metrics } = readConfig({}, environment);
  expect([port, metrics?.port, metrics?.isPortGiven]).toEqual([8000, 9464, false]);
  expect(platformVariables(environment)).toEqual(['LATCHKEY_PORT', 'LATCHKEY_METRICS_PORT']);
  expect(readConfig({ port: '8001' }, environment).port).toBe(8001);
  expect(() => readConfig({ port: 'tcp://10.3.240.1:8000' }, {})).toThrow(/is not a port/);
});
