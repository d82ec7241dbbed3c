import { useQuery } from '@tanstack/react-query';
import { request } from '../../api/request.ts';
import type { MailStatus } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';

const refreshEveryMs = 60_000;

/** Whether mail leaves the server; undefined until it is known, and for administrators who may not see it. */
export function useMailStatus(): MailStatus | undefined {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['mail', 'status'],
    queryFn: ({ signal }) => request<MailStatus>('GET', '/api/admin/mail/status/', { signal }),
    enabled: may('mail.view'),
    refetchInterval: refreshEveryMs,
    staleTime: refreshEveryMs / 2,
  });
  return data;
}
