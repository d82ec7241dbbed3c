import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Setting, SettingValue } from '../../api/types.ts';
import { useLanguage, useSay } from '../../i18n/i18n.ts';
import { ColorPickers } from './color-pickers.tsx';
import { type TimeUnit, timeUnits, useValueWords, wholeUnit } from './setting-words.ts';

interface ValueInputProps {
  readonly setting: Setting;
  /** @param value undefined while the text is not a value of the setting */
  readonly onChange: (value: SettingValue | undefined) => void;
}

/** The input that fits the type of a setting. */
export function ValueInput({ setting, onChange }: ValueInputProps) {
  switch (setting.type) {
    case 'boolean':
      return <SwitchInput setting={setting} onChange={onChange} />;
    case 'choice':
      return <ChoiceInput setting={setting} onChange={onChange} />;
    case 'integer':
      return <NumberInput setting={setting} onChange={onChange} />;
    case 'text':
      return <TextInput setting={setting} onChange={onChange} />;
  }
}

/** A text. Whether it has its form is for the server to say. */
function TextInput({ setting, onChange }: ValueInputProps) {
  const say = useSay();
  const [value, setValue] = useState(String(setting.value));
  function change(text: string) {
    setValue(text);
    onChange(text);
  }
  return (
    <>
      <TextField
        label={say('settings.value')}
        value={value}
        onChange={(event) => change(event.target.value)}
        multiline
        slotProps={{
          htmlInput: { autoComplete: 'off', maxLength: setting.max_length, spellCheck: false },
        }}
      />
      {setting.colors && <ColorPickers text={value} defaults={setting.colors} onChange={change} />}
    </>
  );
}

function SwitchInput({ setting, onChange }: ValueInputProps) {
  const say = useSay();
  const [isOn, setIsOn] = useState(setting.value === true);
  return (
    <FormControlLabel
      control={
        <Switch
          checked={isOn}
          onChange={(_event, isChecked) => {
            setIsOn(isChecked);
            onChange(isChecked);
          }}
        />
      }
      label={say(isOn ? 'settings.on' : 'settings.off')}
    />
  );
}

function ChoiceInput({ setting, onChange }: ValueInputProps) {
  const say = useSay();
  const [value, setValue] = useState(String(setting.value));
  return (
    <TextField
      select
      label={say('settings.value')}
      value={value}
      onChange={(event) => {
        setValue(event.target.value);
        onChange(event.target.value);
      }}
    >
      {(setting.choices ?? []).map((choice) => (
        <MenuItem key={choice} value={choice}>
          {choice}
        </MenuItem>
      ))}
    </TextField>
  );
}

/** A whole number; of a time, in the unit that one would say it in. */
function NumberInput({ setting, onChange }: ValueInputProps) {
  const say = useSay();
  const inWords = useValueWords();
  const language = useLanguage();
  const isTime = setting.unit === 'seconds';
  const [unit, setUnit] = useState<TimeUnit>(() => wholeUnit(isTime ? Number(setting.value) : 0));
  const [text, setText] = useState(String(Number(setting.value) / unit.seconds));
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = setting;
  const least = isTime
    ? inWords(setting, minimum)
    : new Intl.NumberFormat(language).format(minimum);
  const bounds = { minimum: least, maximum: inWords(setting, maximum) };

  function read(nextText: string, nextUnit: TimeUnit): number | undefined {
    const value = Number(nextText) * nextUnit.seconds;
    const isWhole = nextText.trim() !== '' && Number.isInteger(value);
    return isWhole && value >= minimum && value <= maximum ? value : undefined;
  }
  function change(nextText: string, nextUnit: TimeUnit) {
    setText(nextText);
    setUnit(nextUnit);
    onChange(read(nextText, nextUnit));
  }

  const value = read(text, unit);
  const isNumber = text.trim() !== '' && Number.isInteger(Number(text) * unit.seconds);
  const problem = isNumber ? say('settings.out_of_bounds', bounds) : say('settings.invalid_number');
  return (
    <Box sx={{ display: 'flex', gap: 1, alignItems: 'flex-start' }}>
      <TextField
        label={isTime ? say('settings.amount') : say('settings.value')}
        value={text}
        onChange={(event) => change(event.target.value, unit)}
        error={value === undefined}
        helperText={
          value === undefined
            ? problem
            : `${inWords(setting, value)} · ${say('settings.bounds', bounds)}`
        }
        slotProps={{ htmlInput: { inputMode: 'numeric', autoComplete: 'off' } }}
        sx={{ flex: 1 }}
      />
      {isTime && (
        <TextField
          select
          label={say('settings.unit')}
          value={unit.name}
          onChange={(event) => {
            const next = timeUnits.find(({ name }) => name === event.target.value);
            if (next) change(text, next);
          }}
          sx={{ width: 140 }}
        >
          {[...timeUnits].reverse().map(({ name }) => (
            <MenuItem key={name} value={name}>
              {say(`units.name_${name}`)}
            </MenuItem>
          ))}
        </TextField>
      )}
    </Box>
  );
}
