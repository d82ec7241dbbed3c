import { useState, useSyncExternalStore } from 'react';
import { Problem } from '../api/problem.ts';
import { currentQuestion, subscribe } from '../api/reauthentication.ts';
import { useSay } from '../i18n/i18n.ts';
import { Ask } from '../parts/ask.tsx';
import { PasswordField } from '../parts/password-field.tsx';

/** Asks for the password where the server wants it again, whatever page is shown. */
export function ConfirmDialog() {
  const say = useSay();
  const question = useSyncExternalStore(subscribe, currentQuestion);
  const [password, setPassword] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  if (!question) return null;

  async function handleSubmit() {
    setIsWrong(false);
    try {
      await question?.check(password);
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'invalid_fields')) throw error;
      setIsWrong(true);
      throw Problem.cancelled();
    }
    setPassword('');
    question?.confirm();
  }

  return (
    <Ask
      title={say('confirm.title')}
      text={say('confirm.lead')}
      submit={say('confirm.submit')}
      onSubmit={handleSubmit}
      onClose={() => {
        setPassword('');
        setIsWrong(false);
        question.giveUp(); // does nothing once it is confirmed
      }}
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
