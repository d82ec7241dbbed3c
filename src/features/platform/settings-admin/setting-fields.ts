import { readExpectedVersion } from '../../../contract/expected-version.ts';
import {
  type Body,
  bodyObject,
  type FieldErrors,
  maxLength,
  noLoneSurrogate,
  noNul,
  readFields,
  textMember,
  throwFieldErrors,
} from '../../../contract/fields.ts';

export const reasonMaxLength = 500;

const reasonField = {
  reason: { checks: [maxLength(reasonMaxLength), noNul, noLoneSurrogate], mayBeBlank: true },
} as const;

interface FieldsOfChange {
  /** As text. */
  readonly value: string;
  readonly reason: string;
  readonly expectedVersion: number | undefined;
}

/**
 * What a body says of a change of a setting.
 *
 * @throws AppError `invalid_fields`, `invalid_body`
 */
export function readSettingChange(body: Body, kind: 'with a value'): FieldsOfChange;
export function readSettingChange(
  body: Body,
  kind: 'without a value',
): Omit<FieldsOfChange, 'value'>;
export function readSettingChange(body: Body, kind: 'with a value' | 'without a value') {
  const members = bodyObject(body);
  const { values, errors } = readFields(body, reasonField, 'is ignored');
  const faults: FieldErrors = { ...errors };
  const version = readExpectedVersion(body);
  if (version.errors) faults.expected_version = version.errors;
  const value =
    typeof members.value === 'boolean' ? String(members.value) : textMember(body, 'value');
  if (kind === 'with a value' && value === undefined) {
    faults.value = [
      Object.hasOwn(members, 'value') ? 'Not a valid value.' : 'This field is required.',
    ];
  }
  throwFieldErrors(faults);
  return {
    value: value ?? '',
    reason: values.reason ?? '',
    expectedVersion: version.value,
  };
}
