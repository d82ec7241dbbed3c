import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { Link, useNavigate } from 'react-router';
import { type Acr, acrs, type Role } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';
import { ChangedMeanwhile } from '../../parts/changed-meanwhile.tsx';
import { useEdits } from '../../parts/edits.ts';
import { fieldError, useForm } from '../../parts/form.ts';
import { FormCard } from '../../parts/form-card.tsx';
import { OtherProblem } from '../../parts/problem-alert.tsx';
import { PermissionPicker } from './permission-picker.tsx';

export interface RoleInput {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
  readonly required_acr: Acr;
}

const blank: RoleInput = { name: '', description: '', permissions: [], required_acr: 'aal1' };

/** What a role is, new or not. */
export function RoleForm({
  role,
  disabled = false,
  onSave,
}: {
  role?: Role;
  disabled?: boolean;
  /** @param changed what differs from the role */
  onSave: (input: RoleInput, changed: Partial<RoleInput>) => Promise<unknown>;
}) {
  const say = useSay();
  const navigate = useNavigate();
  const { name, description, permissions, required_acr } = role ?? blank;
  const current: RoleInput = { name, description, permissions, required_acr };
  const { values, changed, seen, set, finish } = useEdits(current);
  const { error, isBusy, handleSubmit } = useForm(async () => {
    await onSave(values, changed);
    finish();
    void navigate('/roles');
  });
  const labels = {
    name: say('roles.name'),
    description: say('roles.description'),
    permissions: say('roles.permissions'),
    required_acr: say('roles.required'),
  };
  return (
    <FormCard onSubmit={handleSubmit}>
      <ChangedMeanwhile
        seen={seen}
        current={current}
        labels={labels}
        nameOf={(name, value) =>
          name === 'required_acr' ? say(`factors.signs_in_${value as Acr}`) : `${value}`
        }
      />
      <TextField
        label={labels.name}
        value={values.name}
        onChange={(event) => set('name', event.target.value)}
        disabled={disabled}
        autoComplete="off"
        required
        sx={{ maxWidth: 480 }}
        {...fieldError(error, 'name', say('roles.name_hint'))}
      />
      <TextField
        label={labels.description}
        value={values.description}
        onChange={(event) => set('description', event.target.value)}
        disabled={disabled}
        autoComplete="off"
        multiline
        {...fieldError(error, 'description')}
      />
      <TextField
        select
        label={labels.required_acr}
        value={values.required_acr}
        onChange={(event) => set('required_acr', event.target.value as Acr)}
        disabled={disabled}
        sx={{ maxWidth: 480 }}
        {...fieldError(error, 'required_acr', say('roles.required_hint'))}
      >
        {acrs.map((acr) => (
          <MenuItem key={acr} value={acr}>
            {say(`factors.signs_in_${acr}`)}
          </MenuItem>
        ))}
      </TextField>
      <PermissionPicker
        label={labels.permissions}
        value={values.permissions}
        onChange={(next) => set('permissions', next)}
        disabled={disabled}
      />
      <OtherProblem error={error} fields={['name', 'description', 'required_acr']} />
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
