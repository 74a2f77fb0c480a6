import { FlairgateClientError } from '@flairgate/client';

/**
 * Returns the service's message about an invalid form field. Undefined if the error has no message about this field.
 */
export function issueOf(error: Error | null, field: string): string | undefined {
  if (!(error instanceof FlairgateClientError)) return undefined;
  const found = error.issues.find((issue) => issue.field === field || issue.field.startsWith(`${field}.`));
  return found?.message;
}
