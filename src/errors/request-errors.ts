import type { ErrorDefinition } from './definition.ts';

/** The errors of requests that cannot be read, or that match no route. */
export const requestErrors = {
  invalid_fields: {
    status: 400,
    title: 'Some fields are not valid.',
    meaning: 'Each member named like a field lists what is wrong with that field.',
  },
  invalid_body: {
    status: 400,
    title: 'The body as a whole is not valid.',
    meaning:
      'It is not a JSON object; or it needs exactly one of several members, and has none or more than one. ' +
      '`non_field_errors` says which.',
  },
  malformed_body: {
    status: 400,
    title: 'The body could not be parsed.',
    member: 'detail',
    meaning: 'The body does not match its Content-Type; `detail` says where parsing failed.',
  },
  malformed_request: {
    status: 400,
    title: 'The request is not valid HTTP.',
    member: 'detail',
    text: 'The request is not valid HTTP.',
    meaning: 'The request line or a header could not be read.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing at this path.',
    member: 'detail',
    text: 'Not found.',
    meaning: 'Check the path; the API reference lists all of them.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here.',
    member: 'detail',
    meaning: 'The `Allow` header lists the methods of this path.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive.',
    member: 'detail',
    text: 'The request took too long to arrive.',
    meaning: 'The headers or the body arrived too slowly. Send the request again.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large.',
    member: 'detail',
    text: 'The request body is too large.',
    meaning: 'The limit is 1 MiB. Send a smaller body.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The media type of the body is not supported.',
    member: 'detail',
    meaning: 'Send application/json, application/x-www-form-urlencoded or multipart/form-data.',
  },
  headers_too_large: {
    status: 431,
    title: 'The request headers are too large.',
    member: 'detail',
    text: 'The request headers are too large.',
    meaning: 'Send fewer or shorter headers.',
  },
} as const satisfies Record<string, ErrorDefinition>;
