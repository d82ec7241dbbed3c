import VerifiedOutlined from '@mui/icons-material/VerifiedOutlined';
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
      {user.is_superuser && user.acr === 'aal1' && (
        <Chip label={say('users.no_factor')} color="warning" variant="outlined" />
      )}
      {user.email_bounced_at && (
        <Chip label={say('users.bounced')} color="warning" variant="outlined" />
      )}
      {!user.has_password && <Chip label={say('users.no_password')} variant="outlined" />}
    </Box>
  );
}

/** Whether the user has proven that the email is theirs; where there is no room for words only that they have. */
export function VerifiedMark({ user, withText = false }: { user: User; withText?: boolean }) {
  const say = useSay();
  if (!user.email_verified) {
    return withText && <Chip label={say('users.email_unverified')} variant="outlined" />;
  }
  const sx = { fontSize: 16, verticalAlign: -3, color: 'success.main' };
  const text = say('users.email_verified');
  if (!withText) return <VerifiedOutlined titleAccess={text} sx={sx} />;
  return (
    <>
      <VerifiedOutlined sx={sx} /> {text}
    </>
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
