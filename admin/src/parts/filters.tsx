import Clear from '@mui/icons-material/Clear';
import Search from '@mui/icons-material/Search';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import {
  createContext,
  Fragment,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
} from 'react';
import { useListContext } from 'react-admin';
import { useSay } from '../i18n/i18n.ts';

type SetFilter = (name: string, value: string) => void;

const SetFilterContext = createContext<SetFilter>(() => undefined);

/** The filters of a list, all of them in sight. */
export function Filters({ children }: { children: ReactNode }) {
  const say = useSay();
  const { filterValues, setFilters } = useListContext();
  const list = useRef({ filterValues, setFilters });
  // What was set, until the list shows it. Else two filters that are set at once, or while the typing in one of them
  // rests, would take each other away.
  const underWay = useRef<Record<string, string>>({});
  useEffect(() => {
    list.current = { filterValues, setFilters };
    underWay.current = pick(underWay.current, (name, value) => {
      return value !== String(filterValues[name] ?? '');
    });
  }, [filterValues, setFilters]);
  const setFilter = useCallback<SetFilter>((name, value) => {
    const { [name]: _, ...others } = underWay.current;
    const isShown = value === String(list.current.filterValues[name] ?? '');
    underWay.current = isShown ? others : { ...others, [name]: value };
    const wanted = { ...list.current.filterValues, ...underWay.current };
    list.current.setFilters(pick(wanted, (_name, text) => text !== ''));
  }, []);
  const [clears, setClears] = useState(0);
  const clear = () => {
    underWay.current = {};
    setClears(clears + 1);
    setFilters({});
  };
  return (
    <SetFilterContext value={setFilter}>
      <Box
        component="search"
        sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mb: 1.5, alignItems: 'center' }}
      >
        {/* New ones after they were cleared: what was only just typed is not set any more. */}
        <Fragment key={clears}>{children}</Fragment>
        {Object.keys(filterValues).length > 0 && (
          <Button color="inherit" onClick={clear}>
            {say('site.clear_filters')}
          </Button>
        )}
      </Box>
    </SetFilterContext>
  );
}

function pick<V>(
  entries: Readonly<Record<string, V>>,
  isPicked: (name: string, value: V) => boolean,
): Record<string, V> {
  return Object.fromEntries(
    Object.entries(entries).filter(([name, value]) => isPicked(name, value)),
  );
}

/** The value of a filter of the list, and what sets it; an empty text takes it away. Used inside `Filters`. */
export function useFilter(name: string): [string, (value: string) => void] {
  const { filterValues } = useListContext();
  const setFilter = useContext(SetFilterContext);
  const value = filterValues[name];
  return [value === undefined ? '' : String(value), (next) => setFilter(name, next)];
}

/** How long the typing has to rest before the list is asked for. */
const restMs = 300;

/** What is typed, once the typing rests. */
export function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), restMs);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

interface TextFilterProps {
  readonly name: string;
  readonly label: string;
  readonly isSearch?: boolean;
  readonly type?: 'text' | 'datetime-local';
  readonly width?: number;
  /** Between what the API has and what is typed. */
  parse?(text: string): string;
  format?(value: string): string;
}

export function TextFilter(props: TextFilterProps) {
  const { name, label, isSearch = false, type = 'text', width = 180 } = props;
  const { parse = same, format = same } = props;
  const say = useSay();
  const [value, setValue] = useFilter(name);
  const [text, setText] = useState(format(value));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const lastSet = useRef(value);

  // Another value from outside: a link, or the filters that were cleared.
  useEffect(() => {
    if (value === lastSet.current) return;
    clearTimeout(timer.current);
    lastSet.current = value;
    setText(format(value));
  }, [value, format]);

  // A user who has gone on to another page must not be taken back to the list.
  useEffect(() => () => clearTimeout(timer.current), []);

  function change(next: string, delayMs = restMs) {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      lastSet.current = parse(next.trim());
      setValue(lastSet.current);
    }, delayMs);
  }

  return (
    <TextField
      label={label}
      value={text}
      type={type}
      onChange={(event) => change(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') change(text, 0);
      }}
      sx={{ width: { xs: '100%', sm: isSearch ? 320 : width } }}
      slotProps={{
        htmlInput: { autoComplete: 'off', spellCheck: false },
        ...(type !== 'text' && { inputLabel: { shrink: true } }),
        input: {
          ...(isSearch && {
            startAdornment: (
              <InputAdornment position="start">
                <Search fontSize="small" />
              </InputAdornment>
            ),
          }),
          ...(text !== '' && {
            endAdornment: (
              <InputAdornment position="end">
                <IconButton
                  size="small"
                  edge="end"
                  aria-label={`${say('site.clear')}: ${label}`}
                  onClick={() => change('', 0)}
                >
                  <Clear fontSize="small" />
                </IconButton>
              </InputAdornment>
            ),
          }),
        },
      }}
    />
  );
}

const same = (text: string) => text;

export interface ChoiceOption {
  readonly value: string;
  readonly text: string;
}

export function ChoiceFilter({
  name,
  label,
  options,
  width = 160,
  emptyText,
}: {
  name: string;
  label: string;
  options: readonly ChoiceOption[];
  width?: number;
  /** What holds while nothing is chosen. */
  emptyText?: string;
}) {
  const say = useSay();
  const [value, setValue] = useFilter(name);
  return (
    <TextField
      select
      label={label}
      value={value}
      onChange={(event) => setValue(event.target.value)}
      sx={{ width: { xs: 'calc(50% - 4px)', sm: width } }}
      slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
    >
      <MenuItem value="">{emptyText ?? say('site.any')}</MenuItem>
      {options.map((option) => (
        <MenuItem key={option.value} value={option.value}>
          {option.text}
        </MenuItem>
      ))}
    </TextField>
  );
}
