import { useState, useSyncExternalStore } from 'react';
import { Problem } from '../api/problem.ts';
import { currentQuestion, type OwnProof, subscribe } from '../api/reauthentication.ts';
import { useSay } from '../i18n/i18n.ts';
import { Ask } from '../parts/ask.tsx';
import { PasswordField } from '../parts/password-field.tsx';
import { ConfirmFactor } from './confirm-factor.tsx';

/** Asks who the user is where the server wants to know it again, whatever page is shown. */
export function ConfirmDialog() {
  const question = useSyncExternalStore(subscribe, currentQuestion);
  if (!question) return null;
  const { check, needsFactor, confirm, giveUp } = question;
  const props: ConfirmProps = {
    async prove(proof) {
      await check(proof);
      confirm();
    },
    onClose: giveUp, // does nothing once it is confirmed
  };
  return needsFactor ? <ConfirmFactor {...props} /> : <ConfirmPassword {...props} />;
}

export interface ConfirmProps {
  /** @throws Problem if the proof is not right */
  prove(proof: OwnProof): Promise<void>;
  onClose(): void;
}

function ConfirmPassword({ prove, onClose }: ConfirmProps) {
  const say = useSay();
  const [password, setPassword] = useState('');
  const [isWrong, setIsWrong] = useState(false);

  async function handleSubmit() {
    setIsWrong(false);
    try {
      await prove({ password });
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'invalid_fields')) throw error;
      setIsWrong(true);
      throw Problem.cancelled();
    }
  }

  return (
    <Ask
      title={say('confirm.title')}
      text={say('confirm.lead')}
      submit={say('confirm.submit')}
      onSubmit={handleSubmit}
      onClose={onClose}
    >
      <PasswordField
        label={say('confirm.password')}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={isWrong}
        helperText={isWrong ? say('confirm.wrong') : undefined}
        required
        autoFocus
        fullWidth
      />
    </Ask>
  );
}
