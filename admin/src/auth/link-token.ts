import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';

/** The token of a one-time link. It is taken out of the address, so that no history keeps it. */
export function useLinkToken(): string | undefined {
  const [query, setQuery] = useSearchParams();
  const [token] = useState(query.get('token') ?? undefined);
  useEffect(() => {
    if (query.has('token')) setQuery({}, { replace: true });
  }, [query, setQuery]);
  return token;
}
