import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { Problem } from '../api/problem.ts';
import { useSay, useSayIfKnown } from '../i18n/i18n.ts';

import { SaidWith } from './said-with.tsx';

interface ProblemAlertProps {
  readonly error: unknown;
  /** Tries again. */
  readonly onRetry?: () => void;
  /** It is being tried. */
  readonly isBusy?: boolean;
}

/** What went wrong, what to do, and what the server's log calls it. */
export function ProblemAlert({ error, onRetry, isBusy = false }: ProblemAlertProps) {
  const say = useSay();
  const { title, hint, requestId } = useProblemTexts()(error);
  return (
    <Alert
      severity="error"
      sx={{ my: 1, alignItems: 'flex-start' }}
      action={
        onRetry && (
          <Button color="inherit" onClick={onRetry} loading={isBusy}>
            {say('problem.retry')}
          </Button>
        )
      }
    >
      <AlertTitle sx={{ mb: hint ? undefined : 0 }}>{title}</AlertTitle>
      {hint && <div>{hint}</div>}
      {requestId && (
        <Typography variant="caption" component="div" sx={{ mt: 0.5 }}>
          <SaidWith text="problem.request" name="id" part={<code>{requestId}</code>} />
        </Typography>
      )}
    </Alert>
  );
}

/** What went wrong, unless it is only about fields that show it themselves. */
export function OtherProblem({ error, fields }: { error: unknown; fields: readonly string[] }) {
  const named = Object.keys((error instanceof Problem && error.body.errors) || {});
  const isSaid = named.length > 0 && named.every((name) => fields.includes(name));
  return error === undefined || isSaid ? null : <ProblemAlert error={error} />;
}

interface ProblemTexts {
  readonly title: string;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
}

/** The words for an error: in the reader's language where there are some, else the server's own. */
export function useProblemTexts(): (error: unknown) => ProblemTexts {
  const say = useSay();
  const sayIfKnown = useSayIfKnown();
  return (error) => {
    if (!(error instanceof Problem)) {
      const message = error instanceof Error ? error.message : undefined;
      return { title: say('problem.title'), hint: message, requestId: undefined };
    }
    const known = sayIfKnown(`problem.${error.code}`) ?? sayIfKnown(`problem_titles.${error.code}`);
    const hint = sayIfKnown(`problem.${error.code}_hint`);
    const fields = Object.values(error.body.errors ?? {}).join(' ');
    return {
      title: known ?? (error.title || say('problem.title')),
      hint: hint ?? (fields || (error.detail !== error.title ? error.detail : undefined)),
      requestId: error.requestId,
    };
  };
}

/** Whether the user has cancelled, which is not an error. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Problem && error.code === 'cancelled';
}
