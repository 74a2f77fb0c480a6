import { FlairgateClientError } from '@flairgate/client';

/**
 * Returns the service's readable message about an invalid field. Undefined if the error contains none for this field.
 */
export function issueOf(error: Error | null, field: string): string | undefined {
  if (!(error instanceof FlairgateClientError)) return undefined;
  const found = error.issues.find((issue) => issue.field === field || issue.field.startsWith(`${field}.`));
  return found?.message;
}
