import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import { isMaybeTwo } from './joined-headers.js';
import { hasKeyForm } from './key-form.js';
import { AMBIGUOUS, type Credential } from './read-credential.js';

const KEY_AS_TOKEN = deny('ERR_TOKEN_INVALID', { detail: 'the token is not valid; send API keys as x-api-key' });

/**
 * Replaces a denial with a clearer one, based only on the format of the credential. This reveals nothing about which
 * keys exist.
 *
 * If an unknown key contains a comma and an adapter may have joined two header lines, the new denial states that two
 * keys were sent. If an invalid bearer token has the format of an API key, the new denial tells the caller how to send
 * a key.
 */
export function clarifyDenial(credential: Credential, denial: Denial): Denial {
  const { code, reason } = denial;
  if (code === 'ERR_KEY_INVALID' && isMaybeTwo(credential)) return AMBIGUOUS;
  const isKey = code === 'ERR_TOKEN_INVALID' && credential.kind === 'bearer' && hasKeyForm(credential.text);
  return isKey ? { ...KEY_AS_TOKEN, reason } : denial;
}
