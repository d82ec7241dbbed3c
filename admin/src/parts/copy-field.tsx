import ContentCopy from '@mui/icons-material/ContentCopyOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useSay } from '../i18n/i18n.ts';
import { useTellProblem } from './use-tell.tsx';

/** A text to take along, with a button that copies it. */
export function CopyField({ label, value }: { label: string; value: string }) {
  return (
    <Box sx={{ display: 'grid', gap: 1, justifyItems: 'start' }}>
      <TextField
        label={label}
        value={value}
        fullWidth
        multiline
        maxRows={4}
        slotProps={{ htmlInput: { readOnly: true, style: { overflowWrap: 'anywhere' } } }}
        onFocus={(event) => event.target.select()}
      />
      <CopyButton value={value} />
    </Box>
  );
}

/** @param value what is copied, or what gets it when it is wanted */
export function CopyButton({
  value,
  text,
}: {
  value: string | (() => Promise<string>);
  text?: string;
}) {
  const say = useSay();
  const tellProblem = useTellProblem();
  const [isCopied, setIsCopied] = useState(false);

  async function copy() {
    try {
      await navigator.clipboard.writeText(typeof value === 'string' ? value : await value());
    } catch (error) {
      tellProblem(error);
      return;
    }
    setIsCopied(true);
    setTimeout(() => setIsCopied(false), 3_000);
  }

  return (
    <Button
      variant="outlined"
      color="inherit"
      startIcon={<ContentCopy fontSize="small" />}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{isCopied ? say('site.copied') : (text ?? say('site.copy'))}</span>
    </Button>
  );
}
