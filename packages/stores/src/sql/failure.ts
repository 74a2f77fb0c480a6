import { UnavailableError } from '@flairgate/core';

/** The reason that a statement failed: a row clashed, the database cannot be used now, or the statement itself is wrong. */
export type Failure = 'unique' | 'unavailable' | 'fault';

/** Returns the error that is thrown for a failed statement. */
export function failure(failureOf: (error: unknown) => Failure, error: unknown): Error {
  if (failureOf(error) === 'unavailable') return new UnavailableError('store', error);
  return error instanceof Error ? error : new Error('a statement failed', { cause: error });
}
