import { type RawBuilder, sql } from 'kysely';

/**
 * How strongly a user can sign in, in the words of its index (0160-users-by-acr.ts). Written like this, and not as the
 * column, only the search for users of a level uses the index: SQLite takes it for as good as a key, and would look at
 * all users without a factor for every question that has the level among others.
 */
export const factorLevelTerm: RawBuilder<number> = sql<number>`(factor_level + 0)`;
