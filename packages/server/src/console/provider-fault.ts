import { UnavailableError } from '@flairgate/core';

/** Maximum number of errors that are followed along `cause`, because an error may be its own cause. */
const MAX_DEPTH = 8;

/**
 * Creates the error for a failure of the provider. The library's errors carry what was received, such as the query of
 * the redirect or an ID token, so only their names, messages, codes and stacks are kept.
 */
export function providerFault(error: unknown): UnavailableError {
  return new UnavailableError('provider', withoutValues(error, MAX_DEPTH));
}

function withoutValues(error: unknown, depth: number): Error | undefined {
  if (!(error instanceof Error) || depth === 0) return undefined;
  const cause = withoutValues(
    error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined),
    depth - 1,
  );
  const copy = new Error(error.message, cause === undefined ? {} : { cause });
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = error.stack;
  return 'code' in error && typeof error.code === 'string' ? Object.assign(copy, { code: error.code }) : copy;
}
