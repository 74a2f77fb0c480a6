import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import { isMaybeTwo } from './joined-headers.js';
import { hasKeyForm } from './key-form.js';
import type { Credential } from './read-credential.js';

const AMBIGUOUS = Object.freeze(deny('ERR_CREDENTIAL_AMBIGUOUS'));
const KEY_AS_TOKEN = deny('ERR_TOKEN_INVALID', { detail: 'the token is not valid; send API keys as x-api-key' });

/**
 * Clarifies a denial by the form of the credential alone, which tells the caller nothing about what exists.
 *
 * "No such key" becomes "two keys" for a text with a comma that an adapter may have joined. "No such token" says how to
 * send a key for a text in the form of one.
 */
export function clarifyDenial(credential: Credential, denial: Denial): Denial {
  const { code, reason } = denial;
  if (code === 'ERR_KEY_INVALID' && isMaybeTwo(credential)) return AMBIGUOUS;
  const isKey = code === 'ERR_TOKEN_INVALID' && credential.kind === 'bearer' && hasKeyForm(credential.text);
  return isKey ? { ...KEY_AS_TOKEN, reason } : denial;
}
