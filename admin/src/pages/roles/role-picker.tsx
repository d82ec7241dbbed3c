import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import type { Role } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { useRoleChoices } from './role-choices.ts';

/** Chooses roles by their names. */
export function RolePicker({
  value,
  onChange,
  disabled = false,
}: {
  value: readonly number[];
  onChange: (ids: readonly number[]) => void;
  disabled?: boolean;
}) {
  const say = useSay();
  const roles = useRoleChoices();
  // Beyond what the list holds, or before it is here: they stay.
  const unlisted = value.filter((one) => !roles.some(({ id }) => id === one));
  return (
    <Autocomplete<Role, true>
      multiple
      disabled={disabled}
      options={[...roles]}
      value={roles.filter(({ id }) => value.includes(id))}
      getOptionLabel={({ name }) => name}
      getOptionKey={({ id }) => id}
      isOptionEqualToValue={(option, chosen) => option.id === chosen.id}
      onChange={(_event, chosen) => onChange([...unlisted, ...chosen.map(({ id }) => id)])}
      noOptionsText={say('roles.empty')}
      renderInput={(params) => <TextField {...params} label={say('users.roles')} />}
    />
  );
}
