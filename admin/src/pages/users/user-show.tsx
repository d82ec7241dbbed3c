import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { type ReactNode, useState } from 'react';
import { ShowBase, useShowContext } from 'react-admin';
import { useParams } from 'react-router';
import type { User } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { RequirePermission } from '../../auth/require-permission.tsx';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { AuditTable } from '../audit/audit-table.tsx';
import { MailTable } from '../mail/mail-table.tsx';
import { UserActions } from './user-actions.tsx';
import { UserChips } from './user-chips.tsx';
import { UserFactors } from './user-factors.tsx';
import { UserPermissions } from './user-permissions.tsx';
import { UserProfile } from './user-profile.tsx';
import { UserSessions } from './user-sessions.tsx';

export default function UserShow() {
  const { id = '' } = useParams();
  return (
    <RequirePermission by="users.view">
      <ShowBase resource="users" id={id} queryOptions={{ onError: () => undefined }}>
        <LoadedUser />
      </ShowBase>
    </RequirePermission>
  );
}

function LoadedUser() {
  const say = useSay();
  const { record, error, refetch } = useShowContext<User>();
  const back = { to: '/users', text: say('users.title') };
  const problem = error && <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!record) {
    if (!error) return <Loading />;
    return (
      <Page title={say('users.one')} back={back}>
        {problem}
      </Page>
    );
  }
  return (
    <Page
      title={record.email}
      back={back}
      lead={<UserChips user={record} />}
      actions={<UserActions user={record} />}
    >
      {problem}
      <UserTabs user={record} />
    </Page>
  );
}

function UserTabs({ user }: { user: User }) {
  const say = useSay();
  const may = useMay();
  const tabs: { text: string; isShown: boolean; content: ReactNode }[] = [
    { text: say('users.tab_profile'), isShown: true, content: <UserProfile user={user} /> },
    {
      text: say('users.tab_sessions'),
      isShown: may('sessions.view'),
      content: <UserSessions user={user} />,
    },
    { text: say('factors.tab'), isShown: true, content: <UserFactors user={user} /> },
    {
      text: say('users.tab_permissions'),
      isShown: may('roles.view'),
      content: <UserPermissions user={user} />,
    },
    {
      text: say('users.tab_mail'),
      isShown: may('mail.view'),
      content: <MailTable filter={{ user_id: user.id }} isOfOneUser />,
    },
    {
      text: say('users.tab_audit'),
      isShown: may('audit.view'),
      content: <AuditTable filter={{ user_id: user.id }} />,
    },
  ];
  const shown = tabs.filter(({ isShown }) => isShown);
  const [chosen, setChosen] = useState(0);
  const [opened, setOpened] = useState<readonly number[]>([0]);
  function choose(index: number) {
    setChosen(index);
    setOpened((before) => [...new Set([...before, index])]);
  }
  return (
    <>
      <Tabs
        value={chosen}
        onChange={(_event, index: number) => choose(index)}
        variant="scrollable"
        allowScrollButtonsMobile
        aria-label={user.email}
        sx={{ borderBottom: 1, borderColor: 'divider', mb: 2 }}
      >
        {shown.map(({ text }, index) => (
          <Tab key={text} label={text} id={`tab-${index}`} aria-controls={`panel-${index}`} />
        ))}
      </Tabs>
      {shown.map(({ text, content }, index) => (
        <div
          key={text}
          role="tabpanel"
          id={`panel-${index}`}
          aria-labelledby={`tab-${index}`}
          hidden={index !== chosen}
        >
          {/* Once opened it stays: what was typed in it is not lost by a look at another one. */}
          {opened.includes(index) && content}
        </div>
      ))}
    </>
  );
}
