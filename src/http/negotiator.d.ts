/** What we use of it. Its published types are of an older version. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, unknown>> });
    /** @param options.preferred the first choice among those that the client accepts equally */
    encoding(
      available: readonly string[],
      options: { readonly preferred: readonly string[] },
    ): string | undefined;
    languages(): string[];
    language(available: readonly string[]): string | undefined;
    mediaType(available: readonly string[]): string | undefined;
  }
}
