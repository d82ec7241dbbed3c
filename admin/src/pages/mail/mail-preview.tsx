import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Paper from '@mui/material/Paper';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { MailText } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { useSay } from '../../i18n/i18n.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useTell, useTellProblem } from '../../parts/use-tell.tsx';
import { MailBody } from './mail-body.tsx';
import { useMailStatus } from './mail-status.ts';
import { sendTest, usePreview } from './mail-text-queries.ts';
import { useKindWords } from './mail-words.ts';

interface MailPreviewProps {
  readonly text: MailText;
  /** What is typed, and may not be saved. */
  readonly draft: string;
  readonly isSaved: boolean;
}

/** A mail that a text stands in, as it would be. */
export function MailPreview({ text, draft, isSaved }: MailPreviewProps) {
  const say = useSay();
  const kindWords = useKindWords();
  const [kind, setKind] = useState(text.kinds[0] ?? '');
  const { data: preview, error } = usePreview(kind, text, draft);
  return (
    <Paper
      variant="outlined"
      component="section"
      aria-label={say('mail_texts.preview')}
      sx={{ p: { xs: 2, sm: 3 }, display: 'grid', gap: 2, gridTemplateColumns: 'minmax(0, 1fr)' }}
    >
      <Box>
        <Typography variant="h2">{say('mail_texts.preview')}</Typography>
        <Typography variant="body2" color="textSecondary">
          {say('mail_texts.preview_hint')}
        </Typography>
      </Box>
      {text.kinds.length > 1 && (
        <TextField
          select
          label={say('mail_texts.preview_of')}
          value={kind}
          onChange={(event) => setKind(event.target.value)}
        >
          {text.kinds.map((name) => (
            <MenuItem key={name} value={name}>
              {kindWords(name)}
            </MenuItem>
          ))}
        </TextField>
      )}
      {error && <ProblemAlert error={error} />}
      {!error && preview && <MailBody mail={preview} lang={text.locale} />}
      <TestButton kind={kind} locale={text.locale} isSaved={isSaved} />
    </Paper>
  );
}

function TestButton(props: { kind: string; locale: string; isSaved: boolean }) {
  const { kind, locale, isSaved } = props;
  const say = useSay();
  const may = useMay();
  const tell = useTell();
  const tellProblem = useTellProblem();
  const status = useMailStatus();
  const [isBusy, setIsBusy] = useState(false);
  if (!may('mail.send') || status?.delivery === 'none') return null;
  async function send() {
    setIsBusy(true);
    try {
      tell({ text: say('mail_texts.test_done', await sendTest(kind, locale)) });
    } catch (error) {
      tellProblem(error);
    } finally {
      setIsBusy(false);
    }
  }
  return (
    <Box>
      <Button
        variant="outlined"
        color="inherit"
        disabled={!isSaved}
        loading={isBusy}
        onClick={() => void send()}
      >
        {say('mail_texts.test')}
      </Button>
      {!isSaved && (
        <Typography variant="caption" color="textSecondary" sx={{ display: 'block', mt: 0.5 }}>
          {say('mail_texts.test_hint')}
        </Typography>
      )}
    </Box>
  );
}
