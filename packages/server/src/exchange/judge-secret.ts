import { type Denial, deny, type Outcome } from '@flairgate/core';
import type { ServiceContext } from '../service-context.js';

/** No key is longer, ours or an imported one. */
const MAX_SECRET_CHARACTERS = 512;

/** What a command that judges a secret is called with. */
export interface SecretCall {
  readonly secret: string;
  readonly address: string | undefined;
}

/**
 * Runs a command that judges a secret, within the failure limit of the caller's address.
 *
 * A key that was verified here already does not pay for the failures of its address. A secret no key can have gets
 * the answer of an unknown one, and costs nothing.
 */
export async function judgeSecret<T>(
  { failures, exchange: { verifyOnce } }: Pick<ServiceContext, 'failures' | 'exchange'>,
  { secret, address }: SecretCall,
  command: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const limited = await failures.exceeded(address);
  const isTooLong = secret.length > MAX_SECRET_CHARACTERS;
  if (limited !== undefined && (isTooLong || !verifyOnce.knows(secret))) return limited;
  const outcome = isTooLong ? impossible() : await command();
  return !outcome.allowed && outcome.code === 'ERR_KEY_INVALID' ? failures.count(address, outcome) : outcome;
}

function impossible(): Denial {
  return deny('ERR_KEY_INVALID', { reason: 'key is longer than any' });
}
