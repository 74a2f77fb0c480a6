import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { UnavailableError } from '../../denial/errors.js';
import type { CachedCredential } from '../../principal/cached-credential.js';
import { heldOf } from '../../principal/held.js';
import type { Principal } from '../../principal/principal.js';
import { denyToken } from '../../principal/token/deny-token.js';
import { scopesOf, scopesOfChange } from '../../revision/revocation-scopes.js';
import type { SecretRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';

/** State of the credential with which a command was sent, as read from the store. */
export interface ActingCredential {
  /** The secret with which the command was sent. Undefined if the command was sent with a token. */
  readonly secret: SecretRow | undefined;
  /**
   * True if the credential is a secret that a rotation has replaced, or a token issued in exchange for such a secret.
   * Such a credential cannot rotate keys.
   */
  readonly retiring: boolean;
}

/** Maximum number of security changes that one command reads to check that none of them has revoked a token. */
const MAX_CHANGES = 1000;

/**
 * Reads from the store the credential with which a command was sent. Refuses a credential that has been revoked or has
 * expired.
 *
 * After a revocation, other requests may still be decided from a cache for a short time (the staleness bound, 30
 * seconds by default). Commands do not use the cache, because the objects that a command creates would exist longer
 * than that.
 *
 * @throws UnavailableError if there are too many security changes to compare with the token
 */
export async function readActing(
  tx: ReadTransaction,
  principal: Principal,
  now: number,
): Promise<Outcome<ActingCredential>> {
  const held = heldOf(principal);
  if (held === undefined) return deny('ERR_KEY_INVALID', { reason: 'not read from a credential' });
  if (held.secret !== undefined) return readSecret(tx, held, held.secret, now);
  if (held.expiresAt <= now) return denyToken('ended before the command');
  return (await isAlive(tx, held))
    ? allow({ secret: undefined, retiring: held.retiring === true })
    : denyToken('ended by a change before the command');
}

async function readSecret(
  tx: ReadTransaction,
  { keyId }: CachedCredential,
  tag: string,
  now: number,
): Promise<Outcome<ActingCredential>> {
  const secret = await tx.get('secret', { tag });
  if (secret === undefined || secret.keyId !== keyId || (secret.endsAt !== null && secret.endsAt <= now)) {
    return deny('ERR_KEY_INVALID', { reason: 'the secret ended before the command' });
  }
  return allow({ secret, retiring: secret.endsAt !== null });
}

/** True if nothing on which the token depends has changed since this process last checked the token. */
async function isAlive(tx: ReadTransaction, held: CachedCredential): Promise<boolean> {
  const revision = await tx.get('revision', { id: 1 });
  if (revision === undefined || revision.incarnation !== held.incarnation) return false;
  const from = Math.max(held.rev, held.checkedAt);
  if (held.rev < revision.prunedTo || from > revision.n) return false;
  if (from === revision.n) return true;
  const changes = await tx.find('change', {}, { after: { n: from }, limit: MAX_CHANGES + 1 });
  if (changes.length > MAX_CHANGES) throw new UnavailableError('store', new Error('too many changes since the token'));
  const ends = new Set(scopesOf(held));
  return !changes.some((change) => scopesOfChange(change).some((scope) => ends.has(scope)));
}
