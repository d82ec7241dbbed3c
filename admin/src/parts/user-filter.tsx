import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { useGetList, useGetManyAggregate } from 'react-admin';
import type { User } from '../api/types.ts';
import { useMay } from '../auth/permissions.ts';
import { useSay } from '../i18n/i18n.ts';
import { TextFilter, useFilter, useRested } from './filters.tsx';

interface UserFilterProps {
  readonly name: string;
  /** For those who may not see users, and have to know the id. */
  readonly idLabel: string;
  readonly label: string;
}

/** Leaves what is about one user, who is found by email. */
export function UserFilter({ name, label, idLabel }: UserFilterProps) {
  const may = useMay();
  return may('users.view') ? (
    <ByEmail name={name} label={label} />
  ) : (
    <TextFilter name={name} label={idLabel} width={160} />
  );
}

type Option = Pick<User, 'id' | 'email'>;

function ByEmail({ name, label }: { name: string; label: string }) {
  const say = useSay();
  const [value, setValue] = useFilter(name);
  const [text, setText] = useState('');
  const search = useRested(text.trim());
  const { data: found = [] } = useGetList<User>(
    'users',
    { filter: { search }, pagination: { page: 1, perPage: 10 } },
    { enabled: search !== '' },
  );
  const id = Number(value);
  const { data: [user] = [] } = useGetManyAggregate<User>(
    'users',
    { ids: [id] },
    { enabled: value !== '' },
  );
  const unknown = { id, email: say('audit.user_number', { id }) };
  const chosen: Option | null = value === '' ? null : (user ?? unknown);
  return (
    <Autocomplete<Option>
      value={chosen}
      options={search === '' ? [] : found}
      filterOptions={(options) => options} // the server has found them
      getOptionLabel={({ email }) => email}
      getOptionKey={(option) => option.id}
      isOptionEqualToValue={(option, other) => option.id === other.id}
      onInputChange={(_event, typed, reason) => setText(reason === 'input' ? typed : '')}
      onChange={(_event, option) => setValue(option ? String(option.id) : '')}
      noOptionsText={say(search === '' ? 'audit.type_email' : 'users.nothing_found')}
      clearText={say('site.clear')}
      sx={{ width: { xs: '100%', sm: 240 } }}
      renderInput={(params) => <TextField {...params} label={label} />}
    />
  );
}
