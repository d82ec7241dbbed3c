import { AppError } from '../../../errors/index.ts';
import type { SettingValues } from '../../../settings/registry.ts';
import type { Settings } from '../../../settings/settings.ts';

export type RegistrationMode = SettingValues['REGISTRATION_MODE'];

/** What those can do who asked for an account in a way that the mode does not have. */
const hints = {
  open: 'Register at /api/register/.',
  verify_first: 'An account is made once its email is proven. Begin at /api/registrations/.',
  invite: 'Accounts are made by invitation. Ask an administrator for one.',
  closed: 'Nobody can register here. Ask an administrator for an account.',
} as const satisfies Record<RegistrationMode, string>;

/**
 * Lets those register whose way the mode has.
 *
 * @param modes those that have it
 * @throws AppError `registration_closed`, which says what to do instead
 */
export function requireMode(settings: Settings, modes: readonly RegistrationMode[]): void {
  const mode = settings.get('REGISTRATION_MODE');
  if (modes.includes(mode)) return;
  throw new AppError('registration_closed', {
    detail: hints[mode],
    members: { registration_mode: mode },
  });
}
