import Key from '@mui/icons-material/KeyOutlined';
import Button from '@mui/material/Button';
import { useState } from 'react';

/** A button behind which the browser asks for a passkey. */
export function PasskeyButton({
  text,
  variant = 'outlined',
  onUse,
}: {
  text: string;
  variant?: 'contained' | 'outlined';
  /** Shows what goes wrong itself. */
  onUse(): Promise<unknown>;
}) {
  const [isBusy, setIsBusy] = useState(false);
  return (
    <Button
      variant={variant}
      color={variant === 'outlined' ? 'inherit' : 'primary'}
      size="medium"
      startIcon={<Key fontSize="small" />}
      loading={isBusy}
      loadingPosition="start"
      fullWidth
      onClick={() => {
        setIsBusy(true);
        void onUse().finally(() => setIsBusy(false));
      }}
    >
      {text}
    </Button>
  );
}
