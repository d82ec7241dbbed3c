import { type RawBuilder, sql } from 'kysely';
import { isPostgres } from './engine.ts';

/**
 * The domain of a user's email, as it is compared: what stands behind the last `@`, in the order of its
 * bytes. In these very words there is an index (0090-email-domains.ts).
 */
export function emailDomain(db: Parameters<typeof isPostgres>[0]): RawBuilder<string> {
  return isPostgres(db)
    ? sql<string>`(substring(email_normalized from '[^@]*$') collate "C")`
    : sql<string>`(substr(email_normalized,
        length(rtrim(email_normalized, replace(email_normalized, '@', ''))) + 1))`;
}
