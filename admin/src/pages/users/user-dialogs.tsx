import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogContentText from '@mui/material/DialogContentText';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useEffect, useId, useRef, useState } from 'react';
import { useDelete, useRefresh } from 'react-admin';
import { useNavigate } from 'react-router';
import { Problem } from '../../api/problem.ts';
import { request } from '../../api/request.ts';
import type { User } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { Loading } from '../../layout/loading.tsx';
import { Ask } from '../../parts/ask.tsx';
import { CopyField } from '../../parts/copy-field.tsx';
import { fieldError } from '../../parts/form.ts';
import { Moment } from '../../parts/moment.tsx';
import { PasswordField } from '../../parts/password-field.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { SaidWith } from '../../parts/said-with.tsx';
import { useAction, useTell } from '../../parts/use-tell.tsx';
import { startImpersonation } from './impersonation.ts';

interface UserDialogProps {
  readonly user: User;
  onClose(): void;
}

const pathOf = (user: User, action = '') => `/api/admin/users/${user.id}/${action}`;

export function AskDeactivate({ user, onClose }: UserDialogProps) {
  const say = useSay();
  const act = useAction();
  const tell = useTell();
  const refresh = useRefresh();
  const [reason, setReason] = useState('');
  const { email } = user;
  return (
    <Ask
      title={say('users.deactivate_title', { email })}
      text={say('users.deactivate_text')}
      submit={say('users.deactivate')}
      isDestructive
      onClose={onClose}
      onSubmit={async () => {
        const json = reason === '' ? {} : { reason };
        await request('POST', pathOf(user, 'deactivate/'), { json });
        refresh();
        const onUndo = () => {
          const done = say('users.activated', { email });
          void act(() => request('POST', pathOf(user, 'activate/')), { done });
        };
        tell({ text: say('users.deactivated', { email }), onUndo });
      }}
    >
      <TextField
        label={say('users.deactivate_reason')}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        autoFocus
        fullWidth
      />
    </Ask>
  );
}

export function AskDelete({ user, onClose }: UserDialogProps) {
  const say = useSay();
  const tell = useTell();
  const navigate = useNavigate();
  const [remove] = useDelete<User>();
  const { email } = user;
  return (
    <Ask
      title={say('users.delete_title', { email })}
      text={say('users.delete_text')}
      submit={say('users.delete')}
      isDestructive
      onClose={onClose}
      onSubmit={async () => {
        await remove('users', { id: user.id, previousData: user }, { returnPromise: true });
        tell({ text: say('users.deleted', { email }) });
        void navigate('/users');
      }}
    />
  );
}

export function AskPassword({ user, onClose }: UserDialogProps) {
  const say = useSay();
  const tell = useTell();
  const refresh = useRefresh();
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>();
  return (
    <Ask
      title={say('users.set_password_title', { email: user.email })}
      text={say('users.set_password_text')}
      submit={say('users.set_password')}
      onClose={onClose}
      onSubmit={async () => {
        setError(undefined);
        try {
          await request('POST', pathOf(user, 'password/'), { json: { password } });
        } catch (thrown) {
          setError(thrown);
          const isSaid = thrown instanceof Problem && thrown.body.errors?.password !== undefined;
          throw isSaid ? Problem.cancelled() : thrown;
        }
        refresh();
        tell({ text: say('users.password_set') });
      }}
    >
      <PasswordField
        label={say('users.new_password')}
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        required
        autoFocus
        fullWidth
        {...fieldError(error, 'password')}
      />
    </Ask>
  );
}

interface Invited {
  readonly url: string;
  readonly expires_at: string;
  readonly is_mailed: boolean;
}

export function Invitation({ user, onClose }: UserDialogProps) {
  const say = useSay();
  const titleId = useId();
  const [invitation, setInvitation] = useState<Invited>();
  const [error, setError] = useState<unknown>();
  const hasAsked = useRef(false);
  useEffect(() => {
    if (hasAsked.current) return; // each link that is made ends the one before
    hasAsked.current = true;
    request<Invited>('POST', `/api/admin/users/${user.id}/invitation/`)
      .then(setInvitation)
      .catch(setError);
  }, [user.id]);
  return (
    <Dialog open onClose={onClose} aria-labelledby={titleId} fullWidth maxWidth="sm">
      <DialogTitle id={titleId} sx={{ overflowWrap: 'anywhere' }}>
        {say('users.invite_title', { email: user.email })}
      </DialogTitle>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        <DialogContentText variant="body2">{say('users.invite_text')}</DialogContentText>
        {error !== undefined && <ProblemAlert error={error} />}
        {invitation ? (
          <>
            {invitation.is_mailed && (
              <Alert severity="success">{say('users.invite_mailed', { email: user.email })}</Alert>
            )}
            <CopyField label={say('users.invite_link')} value={invitation.url} />
            <DialogContentText variant="body2">
              <SaidWith
                text="users.invite_expires"
                name="time"
                part={<Moment at={invitation.expires_at} />}
              />
            </DialogContentText>
          </>
        ) : (
          error === undefined && <Loading />
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} color="inherit">
          {say('site.close')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

export function AskImpersonation({ user, onClose }: UserDialogProps) {
  const say = useSay();
  const [reason, setReason] = useState('');
  return (
    <Ask
      title={say('impersonation.title', { email: user.email })}
      text={say('impersonation.text')}
      submit={say('impersonation.submit')}
      onClose={onClose}
      onSubmit={() => startImpersonation(user, reason)}
    >
      <TextField
        label={say('impersonation.reason')}
        helperText={say('impersonation.reason_hint')}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        required
        autoFocus
        fullWidth
      />
    </Ask>
  );
}
