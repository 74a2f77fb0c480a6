import type { KeySecretEntry } from '@flairgate/client';

/** Returns the secrets that are still accepted at this time, in Unix seconds. */
export function liveSecrets(secrets: readonly KeySecretEntry[], now: number): readonly KeySecretEntry[] {
  return secrets.filter(({ ends }) => ends === null || ends > now);
}
