/**
 * The texts of one part of the site, in every language: in English, and the same names in the others. They are in
 * ICU message format: `{name}` stands for a value, and an apostrophe is typographic (’) because a straight one
 * quotes.
 */
export function area<Name extends string>(texts: {
  readonly en: Readonly<Record<Name, string>>;
  readonly de: Readonly<Record<NoInfer<Name>, string>>;
}) {
  return texts;
}
