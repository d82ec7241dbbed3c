import { Type } from 'typebox';
import { languageTag } from '../lib/languages.ts';
import type { BodyField } from './declare-body.ts';
import { textMember } from './fields.ts';
import { memberOf } from './value-fields.ts';

/** A language (BCP 47), in its canonical form. Null and a blank text stand for none. */
export const localeField: BodyField<string | null> = {
  schema: Type.Union([Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z]{2})?$' }), Type.Null()], {
    description:
      'The language for mail (BCP 47), where a request does not ask for one. Null: none.',
    examples: ['de-AT'],
  }),
  read(body, name) {
    const member = memberOf(body, name);
    if (member === null || member === '') return { value: null };
    const tag = languageTag(textMember(body, name) ?? '');
    return tag === undefined
      ? { errors: ['Enter a language, such as en or de-AT.'] }
      : { value: tag };
  },
};
