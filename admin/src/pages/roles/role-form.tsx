import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Role } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { fieldError, useForm } from '../../parts/form.ts';
import { FormCard } from '../../parts/form-card.tsx';
import { OtherProblem } from '../../parts/problem-alert.tsx';
import { PermissionPicker } from './permission-picker.tsx';

export interface RoleInput {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
}

/** Name, description and permissions of a role, new or not. */
export function RoleForm({
  role,
  disabled = false,
  onSave,
}: {
  role?: Role;
  disabled?: boolean;
  onSave: (input: RoleInput) => Promise<unknown>;
}) {
  const say = useSay();
  const [permissions, setPermissions] = useState<readonly string[]>(role?.permissions ?? []);
  const { error, isBusy, handleSubmit } = useForm((form) =>
    onSave({
      name: String(form.get('name')),
      description: String(form.get('description')),
      permissions,
    }),
  );
  return (
    <FormCard onSubmit={handleSubmit}>
      <TextField
        name="name"
        label={say('roles.name')}
        defaultValue={role?.name}
        disabled={disabled}
        autoComplete="off"
        required
        sx={{ maxWidth: 480 }}
        {...fieldError(error, 'name', say('roles.name_hint'))}
      />
      <TextField
        name="description"
        label={say('roles.description')}
        defaultValue={role?.description}
        disabled={disabled}
        autoComplete="off"
        multiline
        {...fieldError(error, 'description')}
      />
      <PermissionPicker
        label={say('roles.permissions')}
        value={permissions}
        onChange={setPermissions}
        disabled={disabled}
      />
      <OtherProblem error={error} fields={['name', 'description']} />
      {!disabled && (
        <Box sx={{ display: 'flex', gap: 1 }}>
          <Button type="submit" variant="contained" loading={isBusy}>
            {say(role ? 'site.save' : 'roles.add')}
          </Button>
          <Button component={Link} to="/roles" color="inherit">
            {say('site.cancel')}
          </Button>
        </Box>
      )}
    </FormCard>
  );
}
