import Contrast from '@mui/icons-material/Contrast';
import Translate from '@mui/icons-material/Translate';
import Button from '@mui/material/Button';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { type MouseEvent, type ReactNode, useId, useState } from 'react';
import { useLocaleState, useLocales, useStore } from 'react-admin';
import { useSay } from '../i18n/i18n.ts';

/** Theme and language, as two buttons with menus. */
export function DisplayMenu() {
  const say = useSay();
  const [locale, setLocale] = useLocaleState();
  const locales = useLocales();
  // Without a value it follows the system.
  const [theme, setTheme] = useStore<'light' | 'dark' | undefined>('theme');
  const themes = [
    { value: undefined, text: say('site.theme_system') },
    { value: 'light', text: say('site.theme_light') },
    { value: 'dark', text: say('site.theme_dark') },
  ] as const;
  return (
    <>
      <Choice
        label={say('site.theme')}
        icon={<Contrast fontSize="small" />}
        options={themes.map(({ value, text }) => ({
          key: value ?? 'system',
          text,
          isChosen: theme === value,
          choose: () => setTheme(value),
        }))}
      />
      <Choice
        label={say('site.language')}
        icon={<Translate fontSize="small" />}
        options={locales.map((option) => ({
          key: option.locale,
          text: option.name,
          language: option.locale,
          isChosen: option.locale === locale,
          choose: () => void setLocale(option.locale),
        }))}
      />
    </>
  );
}

interface Option {
  readonly key: string;
  readonly text: string;
  readonly language?: string;
  readonly isChosen: boolean;
  choose(): void;
}

function Choice({
  label,
  icon,
  options,
}: {
  label: string;
  icon: ReactNode;
  options: readonly Option[];
}) {
  const id = useId();
  const [anchor, setAnchor] = useState<HTMLElement>();
  return (
    <>
      <Button
        id={id}
        color="inherit"
        startIcon={icon}
        aria-haspopup="menu"
        aria-expanded={anchor !== undefined}
        onClick={(event: MouseEvent<HTMLElement>) => setAnchor(event.currentTarget)}
        sx={{ color: 'text.secondary', justifyContent: 'flex-start' }}
      >
        {label}
      </Button>
      <Menu
        anchorEl={anchor ?? null}
        open={anchor !== undefined}
        onClose={() => setAnchor(undefined)}
        slotProps={{ list: { 'aria-labelledby': id, dense: true } }}
      >
        {options.map(({ key, text, language, isChosen, choose }) => (
          <MenuItem
            key={key}
            role="menuitemradio"
            aria-checked={isChosen}
            selected={isChosen}
            lang={language}
            onClick={() => {
              setAnchor(undefined);
              choose();
            }}
          >
            <ListItemText>{text}</ListItemText>
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
