import Link from '@mui/material/Link';
import { useGetManyAggregate } from 'react-admin';
import { Link as RouterLink } from 'react-router';
import type { User } from '../api/types.ts';
import { useMay, useMe } from '../auth/permissions.ts';
import { useSay } from '../i18n/i18n.ts';

/** Names a user by email, and leads to them, for who may see users; all that a page names are asked for at once. */
export function UserLink({ id, name }: { id: number; name?: string | null }) {
  const say = useSay();
  const may = useMay();
  const me = useMe();
  const maySee = may('users.view');
  const { data = [] } = useGetManyAggregate<User>(
    'users',
    { ids: [id] },
    { enabled: maySee && !name, staleTime: 10_000 },
  );
  const email = me?.id === id ? me.email : data[0]?.email;
  const text = name ?? email ?? say('audit.user_number', { id });
  if (!maySee) return text;
  return (
    <Link component={RouterLink} to={`/users/${id}`}>
      {text}
    </Link>
  );
}
