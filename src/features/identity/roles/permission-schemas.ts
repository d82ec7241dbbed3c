import { Type } from 'typebox';
import { listField } from '../../../contract/list-fields.ts';
import {
  maxPermissions,
  permissionMaxLength,
  permissionPattern,
  readPermission,
} from './permissions.ts';

/** The schemas and body fields that the routes of this feature share. */

export const permissionName = Type.String({
  pattern: permissionPattern,
  maxLength: permissionMaxLength,
  examples: ['users.view'],
});

/** A list of permissions in a body. */
export function permissionsField(examples: readonly string[], maxItems = maxPermissions) {
  return listField({
    ...{ items: permissionName, readItem: readPermission },
    ...{ maxItems, examples: [examples] },
  });
}
