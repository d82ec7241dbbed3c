import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';

interface ColorPickersProps {
  /** Such as `accent=#aa0000 link=#0000aa`. */
  readonly text: string;
  /** Every colour, as it is where the text does not name it. */
  readonly defaults: Readonly<Record<string, string>>;
  onChange(text: string): void;
}

/** The colours of a text, to choose instead of typing. The rest of the text stays as it is. */
export function ColorPickers({ text, defaults, onChange }: ColorPickersProps) {
  const parts = text.split(/\s+/).filter(Boolean);
  const isOf = (name: string) => (part: string) => part.startsWith(`${name}=`);

  function change(name: string, value: string) {
    const others = parts.filter((part) => !isOf(name)(part));
    onChange([...others, ...(value === defaults[name] ? [] : [`${name}=${value}`])].join(' '));
  }

  return (
    <Box
      sx={{ display: 'grid', gap: 1, gridTemplateColumns: 'repeat(auto-fill, minmax(150px, 1fr))' }}
    >
      {Object.entries(defaults).map(([name, standard]) => {
        const typed = parts.find(isOf(name))?.slice(name.length + 1);
        const isColor = typed !== undefined && /^#[0-9a-f]{6}$/i.test(typed);
        return (
          <Box
            component="label"
            key={name}
            sx={{ display: 'flex', alignItems: 'center', gap: 1, minHeight: 32 }}
          >
            <input
              type="color"
              value={isColor ? typed : standard}
              onChange={(event) => change(name, event.target.value)}
            />
            <Typography component="span" variant="body2">
              {name}
            </Typography>
          </Box>
        );
      })}
    </Box>
  );
}
