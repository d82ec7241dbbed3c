import type { Answer, RequestOptions, TestServer } from '../harness.ts';

export type Body = string | Uint8Array<ArrayBuffer>;

/** Sends bytes as they are; a text would be given a Content-Type by `fetch`. */
export function sendBody(
  server: TestServer,
  request: { method: string; path: string; token?: string | false },
  body: Body,
  contentType?: string,
): Promise<Answer> {
  const options: RequestOptions = {
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    headers: contentType === undefined ? {} : { 'content-type': contentType },
    ...(request.token && { token: request.token }),
  };
  return server.send(request.method, request.path, options);
}
