/** What the details of an audit event can hold, for the catalogue of kinds. */

export const auditFieldTypes = [
  'text',
  'integer',
  'boolean',
  'texts',
  'integers',
  'value',
] as const;

export interface Field {
  readonly type: (typeof auditFieldTypes)[number];
  readonly isNullable?: true;
  readonly description: string;
}

export interface Kind {
  /** One sentence. */
  readonly description: string;
  /** What `details` holds, beside what every event has. */
  readonly details: Readonly<Record<string, Field>>;
}

const field =
  <Type extends Field['type']>(type: Type) =>
  (description: string) =>
    ({ type, description }) as const;

export const text = field('text');
export const integer = field('integer');
export const boolean = field('boolean');
/** Lists. */
export const texts = field('texts');
export const integers = field('integers');
/** A text, a number or a boolean. */
export const value = field('value');

/** Null if there is none. */
export const maybe = <F extends Field>(of: F) => ({ ...of, isNullable: true }) as const;

export const reason = maybe(text('the reason that the actor gave'));
