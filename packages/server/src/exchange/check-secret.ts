import type { Outcome } from '@flairgate/core';
import type { ServiceContext } from '../service-context.js';

/** A secret to check, and the address of its sender. */
export interface SecretCall {
  readonly secret: string;
  /** Address for which failures are counted. */
  readonly countedAs: string | undefined;
}

/**
 * Runs a command that checks a secret, and enforces the failure limit for the caller's address.
 *
 * The limit does not apply to a key that this process has already verified.
 */
export async function checkSecret<T>(
  { failures, exchange: { verifyOnce } }: Pick<ServiceContext, 'failures' | 'exchange'>,
  { secret, countedAs }: SecretCall,
  command: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const limited = await failures.exceeded(countedAs);
  if (limited !== undefined && !verifyOnce.knows(secret)) return limited;
  const outcome = await command();
  return !outcome.allowed && outcome.code === 'ERR_KEY_INVALID' ? failures.count(countedAs, outcome) : outcome;
}
