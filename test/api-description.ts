/** The answers of operations, as `/openapi.json` describes them. */

interface Description<Answer> {
  readonly components: { readonly responses: Readonly<Record<string, Answer>> };
}

type Answers<Answer> = Readonly<Record<string, Answer | { readonly $ref: string }>>;

/** The answers of an operation, with those that it shares with others in their places. */
export function answersOf<Answer extends object>(
  { components }: Description<Answer>,
  answers: Answers<Answer>,
): Record<string, Answer> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      if (!('$ref' in answer)) return [status, answer];
      const name = String(answer.$ref).replace('#/components/responses/', '');
      return [status, components.responses[name] as Answer];
    }),
  );
}
