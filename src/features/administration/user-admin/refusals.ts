import { AppError } from '../../../errors/index.ts';
import { emailTaken, usernameTaken } from '../../identity/users/index.ts';
import { UserAdminError } from './user-admin.ts';

/**
 * Runs a task of this feature for HTTP: what cannot be done is told in the codes of its answers, and
 * not in the words that an operator reads.
 *
 * @throws AppError `not_found`, `invalid_fields`, `last_superuser`, and whatever the task throws
 */
export async function asAnswer<T>(task: Promise<T>): Promise<T> {
  try {
    return await task;
  } catch (error) {
    throw refusalOf(error);
  }
}

/** An error as a client gets it. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof UserAdminError)) return error;
  switch (error.code) {
    case 'no_such_user':
      return new AppError('not_found');
    case 'email_taken':
      return new AppError('invalid_fields', { members: { email: [emailTaken] } });
    case 'username_taken':
      return new AppError('invalid_fields', { members: { username: [usernameTaken] } });
    case 'last_superuser':
      return new AppError('last_superuser');
  }
}
