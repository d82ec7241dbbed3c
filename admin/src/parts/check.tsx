import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useId } from 'react';

/** A check box with its name, and what it means. */
export function Check({
  label,
  hint,
  checked,
  disabled = false,
  onChange,
}: {
  label: string;
  hint?: string | undefined;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <FormControlLabel
      sx={{ alignItems: 'flex-start', mr: 0 }}
      disabled={disabled}
      control={
        <Checkbox
          size="small"
          checked={checked}
          onChange={(_event, isChecked) => onChange(isChecked)}
          slotProps={{ input: { ...(hint && { 'aria-describedby': id }) } }}
          sx={{ py: 0.5 }}
        />
      }
      label={
        <span>
          <Typography
            component="span"
            variant="body2"
            sx={{ display: 'block', pt: 0.5, overflowWrap: 'anywhere' }}
          >
            {label}
          </Typography>
          {hint && (
            <Typography
              component="span"
              id={id}
              variant="caption"
              color="textSecondary"
              sx={{ display: 'block' }}
            >
              {hint}
            </Typography>
          )}
        </span>
      }
    />
  );
}
