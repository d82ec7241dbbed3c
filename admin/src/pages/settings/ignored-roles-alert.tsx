import Alert from '@mui/material/Alert';
import type { Setting, SettingValue } from '../../api/types.ts';
import { useSay } from '../../i18n/i18n.ts';

interface IgnoredRolesAlertProps {
  readonly setting: Setting;
  /** What it is, or would be. */
  readonly value: SettingValue | undefined;
}

/** Names the roles that require a second factor, where SECOND_FACTOR_POLICY is off and so nothing is required. */
export function IgnoredRolesAlert({ setting, value }: IgnoredRolesAlertProps) {
  const say = useSay();
  const { requiring_roles: roles = [] } = setting;
  if (value !== 'off' || roles.length === 0) return null;
  return (
    <Alert severity="warning">{say('settings.ignored_roles', { roles: roles.join(', ') })}</Alert>
  );
}
