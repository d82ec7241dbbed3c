import Link from '@mui/material/Link';
import { Link as RouterLink } from 'react-router';
import { useMay } from '../auth/permissions.ts';
import { useSay } from '../i18n/i18n.ts';

/** Leads to a user, for who may see users. */
export function UserLink({ id, name }: { id: number; name?: string | null }) {
  const say = useSay();
  const may = useMay();
  const text = name ?? say('audit.user_number', { id });
  if (!may('users.view')) return text;
  return (
    <Link component={RouterLink} to={`/users/${id}`}>
      {text}
    </Link>
  );
}
