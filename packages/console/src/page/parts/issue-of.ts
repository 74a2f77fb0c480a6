import { FlairgateClientError } from '@flairgate/client';

/** Returns what the service says is wrong with a field, in words for people; undefined if it says nothing of it. */
export function issueOf(error: Error | null, field: string): string | undefined {
  if (!(error instanceof FlairgateClientError)) return undefined;
  const found = error.issues.find((issue) => issue.field === field || issue.field.startsWith(`${field}.`));
  return found?.message;
}
