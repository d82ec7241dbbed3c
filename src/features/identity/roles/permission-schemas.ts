import { Type } from 'typebox';
import { permissionMaxLength, permissionPattern } from './permissions.ts';

/** The schemas that the routes of this feature share. */

export const permissionName = Type.String({
  pattern: permissionPattern,
  maxLength: permissionMaxLength,
  examples: ['users.view'],
});
