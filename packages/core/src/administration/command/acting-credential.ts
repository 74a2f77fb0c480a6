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

/** The credential that sent a command, as the store has it now. */
export interface ActingCredential {
  /** The secret that was sent. Undefined for a token. */
  readonly secret: SecretRow | undefined;
  /**
   * True for a secret that is being rotated out, or a token exchanged for one. Such a credential cannot rotate keys.
   */
  readonly retiring: boolean;
}

/** Most changes one command compares. A process that is further behind reads the primary first. */
const MAX_CHANGES = 1000;

/**
 * Reads the credential that sent a command: the secret of a key, or the changes since a token was issued.
 *
 * A process can use a cached principal for as long as the staleness bound after its revocation. What a command creates
 * would last forever, so commands read the store.
 *
 * @throws UnavailableError if more changes happened than one command compares
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

/** True if nothing the token depends on has changed since its process last compared the changes. */
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
