import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { randomId } from '../../store/ids.js';
import type { IdentityRow, KeyRow } from '../../store/rows.js';
import type { WriteTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';
import { isSegmented, isWholeOwner } from '../escalation/check-held.js';
import { findIdentity, type IdentityName, insertIdentity } from './identities.js';

/** The identity of a new key. */
export interface Continued {
  readonly row: IdentityRow;
  /** True if the identity existed: `lock` and `segment` ownership continue. */
  readonly continued: boolean;
  /** True if access to `secret` content continues too. */
  readonly secretContinued: boolean;
}

/** A new key, and what the actor holds in its organization. */
export interface KeyOfIdentity {
  readonly key: Pick<KeyRow, 'kind' | 'oid' | 'uid' | 'name'>;
  readonly power: Entitlements | undefined;
}

/**
 * Finds or creates the identity of a new key.
 *
 * Lock and segment ownership follow the name. Access to `secret` content follows only if an owner, the user of the key
 * or the operator re-creates it. Otherwise any actor with `apikey.ctrl` could read what even `root` cannot. A token of an
 * API user is not the user in this sense: a stolen token must not become a key that reads its secrets.
 */
export async function continueIdentity(
  tx: WriteTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { key, power }: KeyOfIdentity,
): Promise<Outcome<Continued>> {
  const by = identityName(key);
  const found = await findIdentity(tx, by);
  if (found === undefined) {
    return allow({
      row: await insertIdentity(tx, context, by, standing.identity),
      continued: false,
      secretContinued: false,
    });
  }
  if (isSegmented(power) && found.createdBy !== standing.identity) {
    return deny('ERR_NAME_TAKEN', {
      members: { name: key.name },
      reason: 'a segmented key re-creates only its own keys',
    });
  }
  if (mayContinueSecret(standing, key, power)) return allow({ row: found, continued: true, secretContinued: true });
  const secretId = randomId(context.random);
  await tx.update('identity', { id: found.id }, { secretId });
  return allow({ row: { ...found, secretId }, continued: true, secretContinued: false });
}

function mayContinueSecret(standing: ActorState, key: Pick<KeyRow, 'uid'>, power: Entitlements | undefined): boolean {
  if (standing.operator) return true;
  if (key.uid !== null && key.uid === standing.uid && isInPerson(standing)) return true;
  return isWholeOwner(power);
}

/** True for an unrestricted credential of the user, and for an API user that sends its key and not a token of it. */
function isInPerson({ whole, secret, retiring }: ActorState): boolean {
  return whole || (secret !== undefined && !retiring);
}

/**
 * Returns the name of the identity. Names are unique per organization, per user for keys of users, and globally for
 * services. The identity of an API user's key is the user.
 */
function identityName({ kind, oid, uid, name }: Pick<KeyRow, 'kind' | 'oid' | 'uid' | 'name'>): IdentityName {
  if (kind === 'api-user') return { kind: 'user', scope: uid ?? '', name: uid ?? '' };
  if (kind === 'user') return { kind: 'user-key', scope: uid ?? '', name };
  if (kind === 'ingestion') return { kind: 'ingestion', scope: oid ?? '', name };
  if (kind === 'federation') return { kind: 'federation', scope: oid ?? '', name };
  if (kind === 'service') return { kind: 'service', scope: '', name };
  return { kind: 'key', scope: oid ?? '', name };
}
