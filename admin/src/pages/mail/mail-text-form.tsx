import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useRefresh } from 'react-admin';
import { Problem } from '../../api/problem.ts';
import type { MailText } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { useRested } from '../../parts/filters.tsx';
import { fieldError, useForm } from '../../parts/form.ts';
import { FormCard } from '../../parts/form-card.tsx';
import { OtherProblem } from '../../parts/problem-alert.tsx';
import { useUnsaved } from '../../parts/unsaved.ts';
import { useTell } from '../../parts/use-tell.tsx';
import { MailPreview } from './mail-preview.tsx';
import { saveText } from './mail-text-queries.ts';

interface Draft {
  /** The text as it was when the editing began. */
  readonly known: MailText;
  readonly value: string;
}

/** Replaces a text, or puts it back, beside the mail as it would be. */
export function MailTextForm({ text }: { text: MailText }) {
  const say = useSay();
  const tell = useTell();
  const refresh = useRefresh();
  const [draft, setDraft] = useState<Draft>();
  const [reason, setReason] = useState('');
  const value = draft?.value ?? text.text;
  const shown = useRested(value);
  const isOvertaken = draft !== undefined && draft.known.version !== text.version;
  useUnsaved(draft !== undefined || reason !== '');

  /** @throws Problem, unless another change came first and the form shows it beside what was typed */
  async function send(change: { value?: string }, done: string) {
    try {
      await saveText(text, { ...change, reason });
      setDraft(undefined);
      setReason('');
      tell({ text: done });
    } catch (error) {
      if (!(draft && error instanceof Problem && error.code === 'version_conflict')) throw error;
    } finally {
      refresh();
    }
  }
  const change = useForm(() => send({ value }, say('mail_texts.saved')));
  const reset = useForm(() => send({}, say('mail_texts.reset_done')));
  const error = change.error ?? reset.error;

  const inBraces = (names: readonly string[]) => names.map((name) => `{${name}}`).join(', ');
  const hints = [
    say('mail_texts.placeholders', { names: inBraces(text.placeholders) }),
    ...(text.required_placeholders.length > 0
      ? [say('mail_texts.required', { names: inBraces(text.required_placeholders) })]
      : []),
  ];
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 2,
        gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 1fr) minmax(0, 1fr)' },
        alignItems: 'start',
      }}
    >
      <FormCard onSubmit={change.handleSubmit}>
        {isOvertaken && (
          <Alert severity="warning">
            <AlertTitle>{say('mail_texts.conflict')}</AlertTitle>
            {say('mail_texts.conflict_text', { text: text.text })}
          </Alert>
        )}
        {text.problem && <Alert severity="error">{text.problem}</Alert>}
        <TextField
          label={say('mail_texts.text')}
          value={value}
          multiline
          minRows={2}
          onChange={(event) => {
            const typed = event.target.value.replaceAll('\n', ' ');
            setDraft(
              typed === text.text ? undefined : { known: draft?.known ?? text, value: typed },
            );
          }}
          {...fieldError(error, 'value', hints.join(' '))}
          slotProps={{ htmlInput: { lang: text.locale, spellCheck: true } }}
        />
        {text.source === 'setting' && (
          <Typography variant="body2" color="textSecondary" lang={text.locale}>
            {say('mail_texts.default', { text: text.default_text })}
          </Typography>
        )}
        <TextField
          label={say('mail_texts.reason')}
          helperText={say('mail_texts.reason_hint')}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 200 } }}
        />
        <OtherProblem error={error} fields={['value']} />
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
          <Button
            type="submit"
            variant="contained"
            loading={change.isBusy}
            disabled={draft === undefined}
          >
            {say('mail_texts.save')}
          </Button>
          {text.source === 'setting' && text.text_locale === text.locale && (
            <Button
              color="inherit"
              variant="outlined"
              loading={reset.isBusy}
              onClick={(event) => void reset.handleSubmit(event)}
            >
              {say('mail_texts.reset')}
            </Button>
          )}
        </Box>
      </FormCard>
      <MailPreview text={text} draft={shown} isSaved={draft === undefined} />
    </Box>
  );
}
