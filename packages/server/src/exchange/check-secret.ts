import type { Outcome } from '@flairgate/core';
import type { ServiceContext } from '../service-context.js';

/** Secret to check, and the address of the caller who sent the secret. */
export interface SecretCall {
  readonly secret: string;
  /** Address for which failures are counted. */
  readonly countedAs: string | undefined;
}

/**
 * Runs a command that checks a secret. An invalid key counts as a failure of the caller's address. After too many
 * failures, further calls from that address are refused.
 *
 * A key that this process has already verified is accepted even then.
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
