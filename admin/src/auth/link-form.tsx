import Button from '@mui/material/Button';
import type { FormEvent, ReactNode } from 'react';
import { Loading } from '../layout/loading.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { OtherProblem, ProblemAlert } from '../parts/problem-alert.tsx';

interface LinkFormProps {
  /** What the link has, whole or not. */
  readonly token: string | undefined;
  /** What to say of a link that has no token. */
  readonly missing: { readonly title: string; readonly hint: string };
  /** What `useLinkCheck` found. */
  readonly check: { readonly found: unknown; readonly error: unknown };
  readonly error: unknown;
  readonly isBusy: boolean;
  /** The fields that show their own errors. */
  readonly fields: readonly string[];
  readonly submit: string;
  onSubmit(event: FormEvent<HTMLFormElement>): void;
  readonly children: ReactNode;
}

/** The form of a link that works once; in its place what is wrong with the link, if anything is. */
export function LinkForm({ token, missing, check, children, ...form }: LinkFormProps) {
  if (token === undefined) return <EmptyState {...missing} />;
  if (check.error) return <ProblemAlert error={check.error} />;
  if (check.found === undefined) return <Loading />;
  return (
    <form onSubmit={form.onSubmit} style={{ display: 'grid', gap: 16 }}>
      {children}
      <OtherProblem error={form.error} fields={form.fields} />
      <Button type="submit" variant="contained" loading={form.isBusy}>
        {form.submit}
      </Button>
    </form>
  );
}
