import Link from '@mui/material/Link';
import { Link as RouterLink } from 'react-router';
import { useMay, useMe } from '../auth/permissions.ts';
import { useSay } from '../i18n/i18n.ts';

/** Leads to a user, for who may see users. */
export function UserLink({ id, name }: { id: number; name?: string | null }) {
  const say = useSay();
  const may = useMay();
  const me = useMe();
  const ownName = me?.id === id ? me.email : undefined;
  const text = name ?? ownName ?? say('audit.user_number', { id });
  if (!may('users.view')) return text;
  return (
    <Link component={RouterLink} to={`/users/${id}`}>
      {text}
    </Link>
  );
}
