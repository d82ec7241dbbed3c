import type { User } from '../../api/types.ts';
import { useLanguage, useSay } from '../../i18n/i18n.ts';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { RoleChips, VerifiedMark } from './user-chips.tsx';

export function UserProfile({ user }: { user: User }) {
  const say = useSay();
  const language = useLanguage();
  return (
    <Facts
      facts={[
        [say('users.id'), user.id],
        [
          say('users.email'),
          <span key="email">
            {user.email} <VerifiedMark user={user} withText />
          </span>,
        ],
        ...(user.email_bounced_at === null
          ? []
          : [
              [
                say('users.bounced_at'),
                <Moment key="bounced" at={user.email_bounced_at} />,
              ] as const,
            ]),
        [say('users.username'), user.username || say('site.none')],
        [
          say('users.roles'),
          user.roles.length > 0 ? <RoleChips key="roles" user={user} /> : say('users.no_roles'),
        ],
        [
          say('users.locale'),
          user.locale === null
            ? say('users.locale_unknown')
            : new Intl.DisplayNames(language, { type: 'language' }).of(user.locale),
        ],
        [say('users.last_sign_in'), <Moment key="sign-in" at={user.last_sign_in_at} />],
        [say('users.created'), <Moment key="created" at={user.created_at} />],
        [say('users.changed'), <Moment key="changed" at={user.updated_at} />],
      ]}
    />
  );
}
