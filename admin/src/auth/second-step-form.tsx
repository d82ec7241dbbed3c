import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { type FormEvent, useState } from 'react';
import { hasPasskeys, passkeyOfFlow } from '../api/passkeys.ts';
import { useSay } from '../i18n/i18n.ts';
import { Check } from '../parts/check.tsx';
import { finishSignIn } from './account.ts';
import { CodeField } from './code-field.tsx';
import { PasskeyButton } from './passkey-button.tsx';
import type { FactorKind, SecondStep } from './second-step.ts';
import { SignInProblem } from './sign-in-problem.tsx';

interface SecondStepFormProps {
  readonly step: SecondStep;
  readonly error: unknown;
  /** Shows what goes wrong with it. */
  attempt(signIn: () => Promise<void>): Promise<void>;
  /** Forgets the step: the user signs in otherwise. */
  onBack(): void;
  /** The user tries another way: what went wrong with the last one is said no longer. */
  onChange(): void;
}

const secondsPerDay = 86_400;

/** The second step of signing in: a code of an app, a recovery code, or a passkey. */
export function SecondStepForm({ step, error, attempt, onBack, onChange }: SecondStepFormProps) {
  const say = useSay();
  const { flow, rememberSeconds } = step;
  const methods = step.methods.filter((method) => method !== 'passkey' || hasPasskeys);
  const order: readonly FactorKind[] = ['totp', 'passkey', 'recovery_code'];
  const offered = order.filter((method) => methods.includes(method));
  const [by, setBy] = useState(offered[0] ?? 'recovery_code');
  const [isRemembered, setIsRemembered] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const remember = isRemembered ? { remember: true } : {};

  async function handleSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const name = by === 'totp' ? 'code' : 'recovery_code';
    const text = String(new FormData(form).get(name));
    const proof = by === 'totp' ? { code: text } : { recovery_code: text };
    setIsBusy(true);
    await attempt(() => finishSignIn({ flow, ...proof, ...remember }));
    setIsBusy(false);
    form.querySelector('input')?.focus();
  }

  return (
    <form onSubmit={handleSubmit} style={{ display: 'grid', gap: 16 }}>
      {error !== undefined && <SignInProblem error={error} />}
      {by === 'totp' && <CodeField key={by} />}
      {by === 'recovery_code' && (
        <TextField
          key={by}
          name="recovery_code"
          label={say('factors.recovery_code')}
          helperText={say('factors.recovery_code_hint')}
          autoComplete="off"
          required
          autoFocus
          fullWidth
          slotProps={{ htmlInput: { autoCapitalize: 'none', spellCheck: false } }}
        />
      )}
      {rememberSeconds > 0 && (
        <Check
          label={say('sign_in.remember', {
            time: say('units.days', { smart_count: Math.round(rememberSeconds / secondsPerDay) }),
          })}
          hint={say('sign_in.remember_hint')}
          checked={isRemembered}
          onChange={setIsRemembered}
        />
      )}
      {by === 'passkey' ? (
        <PasskeyButton
          text={say('factors.use_passkey')}
          variant="contained"
          onUse={() =>
            attempt(async () => {
              await finishSignIn({ flow, credential: await passkeyOfFlow(flow), ...remember });
            })
          }
        />
      ) : (
        <Button type="submit" variant="contained" size="medium" loading={isBusy} fullWidth>
          {say('sign_in.submit')}
        </Button>
      )}
      <Box sx={{ display: 'grid', justifyItems: 'start', gap: 0.5 }}>
        {offered
          .filter((method) => method !== by)
          .map((method) => (
            <Button
              key={method}
              onClick={() => {
                onChange();
                setBy(method);
              }}
            >
              {say(`factors.use_${method}`)}
            </Button>
          ))}
        <Button color="inherit" onClick={onBack}>
          {say('sign_in.back')}
        </Button>
      </Box>
    </form>
  );
}
