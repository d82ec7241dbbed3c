import openapiTS, { astToString } from 'openapi-typescript';

const notice =
  '// Generated from openapi.json by `npm run generate`. Change the program, not this file.';

/** The types of the client, from the API description. */
export async function apiTypes(openapi: string): Promise<string> {
  return `${notice}\n\n${astToString(await openapiTS(openapi, { silent: true }))}`;
}
