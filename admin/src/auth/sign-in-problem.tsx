import Alert from '@mui/material/Alert';
import Link from '@mui/material/Link';
import { Problem } from '../api/problem.ts';
import { urlOf } from '../api/server-url.ts';
import { useSay } from '../i18n/i18n.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { triesLeftOf } from './second-step.ts';

/** What went wrong with a sign-in, and what to do about it. */
export function SignInProblem({ error }: { error: unknown }) {
  const say = useSay();
  const code = error instanceof Problem ? error.code : undefined;
  switch (code) {
    case 'invalid_credentials':
      return <Alert severity="error">{say('sign_in.invalid')}</Alert>;
    case 'no_admin_permission':
      return (
        <Alert severity="error">
          {say('sign_in.no_permission')} {say('sign_in.no_permission_hint')}
        </Alert>
      );
    case 'invalid_code':
      return <WrongFactor text={say('factors.wrong_code')} error={error} />;
    case 'passkey_not_used':
      return <Alert severity="info">{say('factors.passkey_not_used')}</Alert>;
    case 'flow_expired':
      return <Alert severity="warning">{say('sign_in.flow_expired')}</Alert>;
    case 'second_factor_enrolment_required':
      return (
        <Alert severity="warning">
          {say('sign_in.enrolment')}{' '}
          <Link href={enrolmentUrl} underline="always">
            {say('sign_in.to_enrolment')}
          </Link>
        </Alert>
      );
    default:
      return <ProblemAlert error={error} />;
  }
}

function WrongFactor({ text, error }: { text: string; error: unknown }) {
  const say = useSay();
  const left = triesLeftOf(error);
  return (
    <Alert severity="error">
      {text}
      {left !== undefined && ` ${say('sign_in.tries_left', { smart_count: left })}`}
    </Alert>
  );
}

/**
 * The page of the account site that goes on with the sign-in: a cookie of the server's answer has its flow. It leads here,
 * also when the sign-in has to begin again.
 */
const enrolmentUrl = `${urlOf('/account/sign-in/enrolment/')}?return_to=%2Fadmin%2F`;
