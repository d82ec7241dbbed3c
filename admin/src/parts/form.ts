import { type SyntheticEvent, useState } from 'react';
import { Problem } from '../api/problem.ts';
import { isCancelled } from './problem-alert.tsx';

/** A form that is sent as a whole, and shows what the server says of it. */
export function useForm(send: (form: FormData) => Promise<unknown>) {
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  return {
    isBusy,
    error,
    async handleSubmit(event: SyntheticEvent<HTMLElement>) {
      event.preventDefault();
      const form = event.currentTarget;
      setIsBusy(true);
      setError(undefined);
      try {
        await send(form instanceof HTMLFormElement ? new FormData(form) : new FormData());
      } catch (thrown) {
        if (!isCancelled(thrown)) setError(thrown);
        // The first field that is not right, once it is shown as such (WCAG 3.3.1).
        requestAnimationFrame(() => {
          form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
        });
      } finally {
        setIsBusy(false);
      }
    },
  };
}

/**
 * Saves what may have been changed meanwhile: then what it is now is fetched, for the form to show.
 *
 * @throws Problem
 */
export async function saveOrRefetch<Saved>(
  save: () => Promise<Saved>,
  refetch: () => Promise<unknown>,
): Promise<Saved> {
  try {
    return await save();
  } catch (error) {
    if (error instanceof Problem && error.code === 'version_conflict') await refetch();
    throw error;
  }
}

/** What the server says of one field, for a text field to show; else the hint. */
export function fieldError(error: unknown, name: string, hint?: string) {
  const message = error instanceof Problem ? error.body.errors?.[name] : undefined;
  return { error: message !== undefined, helperText: message ?? hint };
}
