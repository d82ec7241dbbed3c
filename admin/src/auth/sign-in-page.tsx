import { useState } from 'react';
import { Problem } from '../api/problem.ts';
import { useSay } from '../i18n/i18n.ts';
import { isCancelled } from '../parts/problem-alert.tsx';
import { CredentialsForm } from './credentials-form.tsx';
import { FrontPage } from './front-page.tsx';
import { type SecondStep, secondStepOf } from './second-step.ts';
import { SecondStepForm } from './second-step-form.tsx';

/** In the place of whatever page was asked for, which is shown once the user is signed in. */
export function SignInPage({ cause }: { cause: string | undefined }) {
  const say = useSay();
  const [step, setStep] = useState<SecondStep>();
  const [error, setError] = useState<unknown>();

  async function attempt(signIn: () => Promise<void>) {
    setError(undefined);
    try {
      await signIn();
    } catch (thrown) {
      if (isCancelled(thrown)) return;
      const next = secondStepOf(thrown);
      if (next) return setStep(next);
      if (thrown instanceof Problem && thrown.code === 'flow_expired') setStep(undefined);
      setError(thrown);
    }
  }

  if (step) {
    return (
      <FrontPage title={say('sign_in.second_title')} lead={say('sign_in.second_lead')}>
        <SecondStepForm
          step={step}
          error={error}
          attempt={attempt}
          onChange={() => setError(undefined)}
          onBack={() => {
            setStep(undefined);
            setError(undefined);
          }}
        />
      </FrontPage>
    );
  }
  return (
    <FrontPage title={say('sign_in.title')} lead={say('sign_in.lead')}>
      <CredentialsForm cause={cause} error={error} attempt={attempt} />
    </FrontPage>
  );
}
