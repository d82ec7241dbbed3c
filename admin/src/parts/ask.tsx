import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogContentText from '@mui/material/DialogContentText';
import DialogTitle from '@mui/material/DialogTitle';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useSay } from '../i18n/i18n.ts';
import { isCancelled, ProblemAlert } from './problem-alert.tsx';
import { useUnsaved } from './unsaved.ts';

export interface AskProps {
  readonly title: string;
  readonly text?: ReactNode;
  readonly submit: string;
  /** For what is said otherwise than "Cancel". */
  readonly cancel?: string;
  /** For what cannot be taken back. */
  readonly isDestructive?: boolean;
  /** Inputs, where the answer needs more than yes. */
  readonly children?: ReactNode;
  /** Does it; a failure is shown, and the dialog stays. */
  onSubmit(): Promise<unknown>;
  onClose(): void;
}

/** A dialog that asks before it does something. */
export function Ask(props: AskProps) {
  const { title, text, submit, cancel, isDestructive, children, onSubmit, onClose } = props;
  const say = useSay();
  const titleId = useId();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [isTyped, setIsTyped] = useState(false);
  useUnsaved(isTyped);

  async function handleSubmit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    setIsBusy(true);
    setError(undefined);
    try {
      await onSubmit();
      onClose();
    } catch (thrown) {
      if (!isCancelled(thrown)) setError(thrown);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <Dialog
      open
      onClose={isBusy ? undefined : onClose}
      aria-labelledby={titleId}
      fullWidth
      maxWidth="xs"
    >
      <form onSubmit={handleSubmit} onInput={() => setIsTyped(true)}>
        <DialogTitle id={titleId} sx={{ overflowWrap: 'anywhere' }}>
          {title}
        </DialogTitle>
        <DialogContent
          sx={{
            display: 'grid',
            gridTemplateColumns: 'minmax(0, 1fr)',
            gap: 2,
            overflowWrap: 'anywhere',
          }}
        >
          {text && <DialogContentText variant="body2">{text}</DialogContentText>}
          {children}
          {error !== undefined && <ProblemAlert error={error} />}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={isBusy} color="inherit">
            {cancel ?? say('site.cancel')}
          </Button>
          <Button
            type="submit"
            variant="contained"
            color={isDestructive ? 'error' : 'primary'}
            loading={isBusy}
            autoFocus={!children}
          >
            {submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
