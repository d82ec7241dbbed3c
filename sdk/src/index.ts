import createFetchClient, { type Client, type ClientOptions } from 'openapi-fetch';
import type { paths } from './openapi.ts';

export type { components, paths } from './openapi.ts';

/** Every endpoint, typed. */
export function createApi(options: ClientOptions = {}): Client<paths> {
  return createFetchClient<paths>(options);
}
