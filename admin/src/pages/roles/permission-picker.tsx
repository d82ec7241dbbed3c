import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useGetList } from 'react-admin';
import type { Permission } from '../../api/types.ts';
import { useMay } from '../../auth/permissions.ts';
import { useSay, useSayIfKnown } from '../../i18n/i18n.ts';
import { Check } from '../../parts/check.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';

/** How a permission of an application may be named; the server says the same. */
const ownName = /^(?=.{3,100}$)[a-z0-9_]+(\.[a-z0-9_]+){1,4}$/;

interface PermissionPickerProps {
  readonly label: string;
  readonly value: readonly string[];
  readonly onChange: (permissions: readonly string[]) => void;
  readonly disabled?: boolean;
}

/** Permissions as check boxes, by what they are about; those of applications can be added by name. */
export function PermissionPicker({
  label,
  value,
  onChange,
  disabled = false,
}: PermissionPickerProps) {
  const say = useSay();
  const sayIfKnown = useSayIfKnown();
  const may = useMay();
  const {
    data = [],
    error,
    refetch,
  } = useGetList<Permission & { id: string }>('permissions', {
    pagination: { page: 1, perPage: 200 }, // others can be added by name
  });
  if (error && data.length === 0) {
    return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  }
  const builtIn = data.filter(({ is_builtin }) => is_builtin);
  const groups = Map.groupBy(builtIn, ({ name }) => name.split('.')[0] ?? '');
  const known = new Set(builtIn.map(({ name }) => name));
  const own = new Set(
    [...data.map(({ name }) => name), ...value].filter((name) => !known.has(name)),
  );

  const check = (name: string, hint?: string) => {
    const isChecked = value.includes(name);
    const canGrant = isChecked || may(name);
    return (
      <Check
        key={name}
        label={name}
        hint={canGrant ? hint : `${hint ? `${hint} ` : ''}${say('roles.cannot_grant')}`}
        checked={isChecked}
        disabled={disabled || !canGrant}
        onChange={(isOn) => onChange(isOn ? [...value, name] : value.filter((n) => n !== name))}
      />
    );
  };

  return (
    <Box role="group" aria-label={label} sx={{ display: 'grid', gap: 2 }}>
      <Typography variant="h3" component="h2">
        {label}
      </Typography>
      <Box
        sx={{
          display: 'grid',
          gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr', lg: '1fr 1fr 1fr' },
          gap: 2,
        }}
      >
        {[...groups].map(([group, permissions]) => (
          <Group key={group} title={sayIfKnown(`roles.group_${group}`) ?? group}>
            {permissions.map(({ name, description }) =>
              check(name, sayIfKnown(`permissions.${name.replace('.', '_')}`) ?? description),
            )}
          </Group>
        ))}
        <Group title={say('roles.own')}>
          {[...own].sort().map((name) => check(name))}
          {!disabled && <AddOwn onAdd={(name) => onChange([...new Set([...value, name])])} />}
        </Group>
      </Box>
    </Box>
  );
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Box
      component="fieldset"
      sx={{
        border: 1,
        borderColor: 'divider',
        borderRadius: 1.5,
        m: 0,
        px: 1.5,
        py: 1,
        minWidth: 0,
      }}
    >
      <Typography component="legend" variant="caption" sx={{ fontWeight: 650, px: 0.5 }}>
        {title}
      </Typography>
      <Box sx={{ display: 'grid', gap: 0.25 }}>{children}</Box>
    </Box>
  );
}

function AddOwn({ onAdd }: { onAdd: (name: string) => void }) {
  const say = useSay();
  const [name, setName] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  function add() {
    const isRight = ownName.test(name);
    setIsWrong(!isRight);
    if (!isRight) return;
    onAdd(name);
    setName('');
  }
  return (
    <Box sx={{ display: 'flex', gap: 1, alignItems: 'flex-start', pt: 1 }}>
      <TextField
        label={say('roles.own_add')}
        value={name}
        onChange={(event) => setName(event.target.value.trim())}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault(); // it would send the form
          add();
        }}
        error={isWrong}
        helperText={say(isWrong ? 'roles.own_invalid' : 'roles.own_hint')}
        fullWidth
        slotProps={{
          htmlInput: { autoCapitalize: 'none', spellCheck: false, autoComplete: 'off' },
        }}
      />
      <Button variant="outlined" color="inherit" onClick={add} sx={{ minHeight: 40 }}>
        {say('roles.own_button')}
      </Button>
    </Box>
  );
}
