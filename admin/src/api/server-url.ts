/** Where the server is, without a slash at its end. This page is at `admin/` below it, behind any proxy. */
export const serverUrl = location.origin + location.pathname.replace(/\/admin\/$/, '');

/** The URL of a path of the server, such as `/api/me/`. */
export function urlOf(path: string): string {
  return serverUrl + path;
}
