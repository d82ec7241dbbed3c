import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useCloseNotification, useNotify, useRefresh } from 'react-admin';
import { useSay } from '../i18n/i18n.ts';
import { isCancelled, useProblemTexts } from './problem-alert.tsx';

interface NoticeProps {
  readonly text: string;
  readonly isError?: boolean;
  /** Takes back what the notice tells of. */
  readonly onUndo?: (() => void) | undefined;
}

function Notice({ text, isError, onUndo }: NoticeProps) {
  const say = useSay();
  const close = useCloseNotification();
  return (
    <Alert
      variant="outlined"
      severity={isError ? 'error' : 'success'}
      onClose={close}
      closeText={say('site.close')}
      sx={{ bgcolor: 'background.paper', maxWidth: 560, boxShadow: '0 4px 16px rgba(0,0,0,.18)' }}
      action={
        onUndo && (
          <Button
            color="inherit"
            onClick={() => {
              close();
              onUndo();
            }}
          >
            {say('site.undo')}
          </Button>
        )
      }
    >
      {text}
    </Alert>
  );
}

/** Tells the user in passing what has happened. */
export function useTell(): (notice: NoticeProps) => void {
  const notify = useNotify();
  return (notice) =>
    notify(<Notice {...notice} />, {
      autoHideDuration: notice.isError || notice.onUndo ? 10_000 : 5_000,
    });
}

/** Tells what went wrong, unless the user has only changed their mind. */
export function useTellProblem(): (error: unknown) => void {
  const tell = useTell();
  const textsOf = useProblemTexts();
  return (error) => {
    if (isCancelled(error)) return;
    const { title, hint } = textsOf(error);
    tell({ text: hint ? `${title} ${hint}` : title, isError: true });
  };
}

interface Done {
  /** What is told when it is done. */
  readonly done?: string;
  readonly undo?: () => Promise<unknown>;
}

/**
 * Does something and reports the outcome: that it is done, with a way to undo it if there is one, or why it is not.
 */
export function useAction(): (run: () => Promise<unknown>, told?: Done) => Promise<void> {
  const say = useSay();
  const refresh = useRefresh();
  const tell = useTell();
  const tellProblem = useTellProblem();
  return async function act(run, { done, undo } = {}) {
    try {
      await run();
    } catch (error) {
      tellProblem(error);
      return;
    }
    refresh();
    if (!done) return;
    const onUndo = undo && (() => void act(undo, { done: say('site.undone') }));
    tell({ text: done, onUndo });
  };
}
