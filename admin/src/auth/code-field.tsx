import TextField, { type TextFieldProps } from '@mui/material/TextField';
import { useSay } from '../i18n/i18n.ts';

/** Where the code of an authenticator app is typed; browsers and password managers fill it in. */
export function CodeField(props: TextFieldProps) {
  const say = useSay();
  return (
    <TextField
      name="code"
      label={say('factors.code')}
      helperText={say('factors.code_hint')}
      autoComplete="one-time-code"
      required
      autoFocus
      fullWidth
      {...props}
      slotProps={{ htmlInput: { inputMode: 'numeric', spellCheck: false } }}
    />
  );
}
