import type { User } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { RoleChips } from './user-chips.tsx';

export function UserProfile({ user }: { user: User }) {
  const say = useSay();
  return (
    <Facts
      facts={[
        [say('users.id'), user.id],
        [say('users.email'), user.email],
        [say('users.username'), user.username || say('site.none')],
        [
          say('users.roles'),
          user.roles.length > 0 ? <RoleChips key="roles" user={user} /> : say('users.no_roles'),
        ],
        [say('users.last_sign_in'), <Moment key="sign-in" at={user.last_sign_in_at} />],
        [say('users.created'), <Moment key="created" at={user.created_at} />],
        [say('users.changed'), <Moment key="changed" at={user.updated_at} />],
      ]}
    />
  );
}
