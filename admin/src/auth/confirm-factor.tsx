import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { hasPasskeys, passkeyOfSession } from '../api/passkeys.ts';
import { Problem } from '../api/problem.ts';
import { request } from '../api/request.ts';
import type { Factors } from '../api/types.ts';
import { useSay } from '../i18n/i18n.ts';
import { Loading } from '../layout/loading.tsx';
import { Ask } from '../parts/ask.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { CodeField } from './code-field.tsx';
import type { ConfirmProps } from './confirm-dialog.tsx';

/** Asks for a second factor of the user: a code of an app, or a passkey. */
export function ConfirmFactor({ prove, onClose }: ConfirmProps) {
  const say = useSay();
  const { data, error, refetch } = useQuery({
    queryKey: ['own-factors'],
    queryFn: ({ signal }) => request<Factors>('GET', '/api/me/factors/', { signal }),
  });
  const [code, setCode] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  const [chosen, setChosen] = useState<'code' | 'passkey'>();
  const hasPasskey = hasPasskeys && Boolean(data?.passkeys.some((passkey) => passkey.is_usable));
  const hasApp = (data?.authenticator_apps.length ?? 0) > 0;
  const by = chosen ?? (hasApp || !hasPasskey ? 'code' : 'passkey');

  async function proveByCode() {
    setIsWrong(false);
    try {
      await prove({ code });
    } catch (thrown) {
      if (!(thrown instanceof Problem && thrown.code === 'invalid_code')) throw thrown;
      setIsWrong(true);
      throw Problem.cancelled();
    }
  }

  async function proveByPasskey() {
    await prove({ credential: await passkeyOfSession() });
  }

  return (
    <Ask
      title={say('confirm.title_factor')}
      text={say('confirm.lead_factor')}
      submit={say(by === 'code' ? 'confirm.submit' : 'factors.use_passkey')}
      onSubmit={by === 'code' ? proveByCode : proveByPasskey}
      onClose={onClose}
    >
      {!data && !error && <Loading />}
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {data && !hasApp && !hasPasskey && (
        <Alert severity="warning">{say('confirm.no_factor')}</Alert>
      )}
      {hasApp && by === 'code' && (
        <CodeField
          value={code}
          onChange={(event) => setCode(event.target.value)}
          error={isWrong}
          helperText={say(isWrong ? 'factors.wrong_code' : 'factors.code_hint')}
        />
      )}
      {hasApp && hasPasskey && (
        <Button
          sx={{ justifySelf: 'start' }}
          onClick={() => setChosen(by === 'code' ? 'passkey' : 'code')}
        >
          {say(by === 'code' ? 'factors.use_passkey' : 'factors.use_totp')}
        </Button>
      )}
    </Ask>
  );
}
