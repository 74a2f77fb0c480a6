import { UnavailableError } from '@flairgate/core';

/**
 * Kind of failure of a statement: a violated unique constraint, a database that cannot be used now, or a wrong
 * statement.
 */
export type Failure = 'unique' | 'unavailable' | 'fault';

/** Returns the error that is thrown for a failed statement. */
export function failure(failureOf: (error: unknown) => Failure, error: unknown): Error {
  if (failureOf(error) === 'unavailable') return new UnavailableError('store', error);
  return error instanceof Error ? error : new Error('a statement failed', { cause: error });
}
