import MoreHoriz from '@mui/icons-material/MoreHoriz';
import Button from '@mui/material/Button';
import Divider from '@mui/material/Divider';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useId, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { request } from '../../api/request.ts';
import type { User } from '../../api/types.ts';
import { useMay, useMe } from '../../auth/permissions.ts';
import { useSay } from '../../i18n/i18n.ts';
import { useAction } from '../../parts/use-tell.tsx';
import {
  AskDeactivate,
  AskDelete,
  AskImpersonation,
  AskPassword,
  Invitation,
} from './user-dialogs.tsx';

type DialogName = 'deactivate' | 'delete' | 'impersonate' | 'password' | 'invite';

/** What can be done with one user: the usual things as buttons, the rest in a menu. */
export function UserActions({ user }: { user: User }) {
  const say = useSay();
  const may = useMay();
  const me = useMe();
  const act = useAction();
  const menuId = useId();
  const [query, setQuery] = useSearchParams();
  const [anchor, setAnchor] = useState<HTMLElement>();
  const [dialog, setDialog] = useState<DialogName | undefined>(
    query.get('invite') && !user.has_password ? 'invite' : undefined,
  );
  const isMe = me?.id === user.id;

  const items: { name: DialogName; text: string; isShown: boolean; isRed?: boolean }[] = [
    { name: 'password', text: say('users.set_password'), isShown: may('users.change') },
    {
      name: 'invite',
      text: say('users.invite'),
      isShown: may('users.create') && !user.has_password,
    },
    {
      name: 'impersonate',
      text: say('impersonation.action'),
      isShown: may('users.impersonate') && user.is_active && !isMe,
    },
    {
      name: 'delete',
      text: say('users.delete'),
      isShown: may('users.delete') && !isMe,
      isRed: true,
    },
  ];
  const shown = items.filter(({ isShown }) => isShown);

  function close() {
    setDialog(undefined);
    if (query.has('invite')) setQuery({}, { replace: true });
  }

  return (
    <>
      {may('users.change') && (
        <>
          <Button variant="outlined" color="inherit" component={Link} to={`/users/${user.id}/edit`}>
            {say('users.edit')}
          </Button>
          {user.is_active && !isMe && (
            <Button variant="outlined" color="inherit" onClick={() => setDialog('deactivate')}>
              {say('users.deactivate')}
            </Button>
          )}
          {!user.is_active && (
            <Button
              variant="outlined"
              color="inherit"
              onClick={() =>
                void act(() => request('POST', `/api/admin/users/${user.id}/activate/`), {
                  done: say('users.activated', { email: user.email }),
                })
              }
            >
              {say('users.activate')}
            </Button>
          )}
        </>
      )}
      {shown.length > 0 && (
        <Button
          id={menuId}
          variant="outlined"
          color="inherit"
          endIcon={<MoreHoriz />}
          aria-haspopup="menu"
          aria-expanded={anchor !== undefined}
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          {say('site.more')}
        </Button>
      )}
      <Menu
        anchorEl={anchor ?? null}
        open={anchor !== undefined}
        onClose={() => setAnchor(undefined)}
        slotProps={{ list: { 'aria-labelledby': menuId, dense: true } }}
      >
        {shown.flatMap(({ name, text, isRed }) => [
          isRed && <Divider key="line" component="li" />,
          <MenuItem
            key={name}
            sx={isRed ? { color: 'error.main' } : {}}
            onClick={() => {
              setAnchor(undefined);
              setDialog(name);
            }}
          >
            <ListItemText>{text}</ListItemText>
          </MenuItem>,
        ])}
      </Menu>
      {dialog === 'deactivate' && <AskDeactivate user={user} onClose={close} />}
      {dialog === 'delete' && <AskDelete user={user} onClose={close} />}
      {dialog === 'password' && <AskPassword user={user} onClose={close} />}
      {dialog === 'invite' && <Invitation user={user} onClose={close} />}
      {dialog === 'impersonate' && <AskImpersonation user={user} onClose={close} />}
    </>
  );
}
