import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import type { User } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { Dot } from '../../parts/dot.tsx';

/** The state of an account, in one or more words. */
export function UserChips({ user }: { user: User }) {
  const say = useSay();
  return (
    <Box
      component="span"
      sx={{ display: 'inline-flex', flexWrap: 'wrap', columnGap: 1, rowGap: 0.5 }}
    >
      {user.is_active ? (
        <Dot text={say('users.active')} />
      ) : (
        <Chip label={say('users.inactive')} color="error" variant="outlined" />
      )}
      {user.is_superuser && (
        <Chip label={say('users.superuser')} color="secondary" variant="outlined" />
      )}
      {!user.has_password && <Chip label={say('users.no_password')} variant="outlined" />}
    </Box>
  );
}

export function RoleChips({ user }: { user: User }) {
  return (
    <Box
      component="span"
      sx={{ display: 'inline-flex', flexWrap: 'wrap', gap: 0.5, minWidth: 0, maxWidth: '100%' }}
    >
      {user.roles.map(({ id, name }) => (
        <Chip key={id} label={name} title={name} />
      ))}
    </Box>
  );
}
