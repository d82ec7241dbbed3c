import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { askPublicly } from '../api/public.ts';

/** The token of a one-time link. It is taken out of the address bar, so that no history keeps it. */
export function useLinkToken(): string | undefined {
  const [query, setQuery] = useSearchParams();
  const [token] = useState(query.get('token') ?? undefined);
  useEffect(() => {
    if (query.has('token')) setQuery({}, { replace: true });
  }, [query, setQuery]);
  return token;
}

/**
 * Asks whether a link is still good, before anybody fills in a form for nothing.
 *
 * @returns `error`: why it is not; `found`: what the server says of a good one
 */
export function useLinkCheck<Found>(path: string, token: string | undefined) {
  const { data, error } = useQuery({
    queryKey: ['link', path, token],
    queryFn: () => askPublicly<Found>(path, { token }),
    enabled: token !== undefined,
    // The form that follows uses the link up: that must not turn it into an error.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return { found: data, error };
}
