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

/** Identity of a new key: either a new identity, or the identity of an earlier key with the same name. */
export interface Continued {
  readonly row: IdentityRow;
  /**
   * True if the identity belonged to an earlier key. The created key then owns the resources that the earlier key
   * created or locked.
   */
  readonly continued: boolean;
  /**
   * True if the created key can read the content that an earlier key with the same identity kept secret (`secret`
   * flair). False if there was no earlier key.
   */
  readonly secretContinued: boolean;
}

/** A new key, and the actor's rights in the key's organization. */
export interface KeyOfIdentity {
  readonly key: Pick<KeyRow, 'kind' | 'oid' | 'uid' | 'name'>;
  readonly power: Entitlements | undefined;
}

/**
 * Finds or creates the identity of a new key. Ownership of resources refers to identities, not to keys.
 *
 * If an earlier key had the same name, the new key takes over that key's identity, and so its `lock` and `segment`
 * ownership. The new key takes over access to `secret` content only if it is created by an owner, the key's user or the
 * operator. Without this rule, any actor with `apikey.ctrl` could read content that even `root` cannot read. An API
 * user must create the key by sending its current key rather than a token, so that a stolen token is not enough to
 * create a key that reads secret content.
 */
export async function continueIdentity(
  tx: WriteTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { key, power }: KeyOfIdentity,
): Promise<Outcome<Continued>> {
  const by = identityName(key);
  const found = await findIdentity(tx, by);
  if (found === undefined) {
    return allow({
      row: await insertIdentity(tx, context, by, actorState.identity),
      continued: false,
      secretContinued: false,
    });
  }
  if (isSegmented(power) && found.createdBy !== actorState.identity) {
    return deny('ERR_NAME_TAKEN', {
      members: { name: key.name },
      reason: 'a segmented key re-creates only its own keys',
    });
  }
  if (mayContinueSecret(actorState, key, power)) return allow({ row: found, continued: true, secretContinued: true });
  const secretId = randomId(context.random);
  await tx.update('identity', { id: found.id }, { secretId });
  return allow({ row: { ...found, secretId }, continued: true, secretContinued: false });
}

function mayContinueSecret(actorState: ActorState, key: Pick<KeyRow, 'uid'>, power: Entitlements | undefined): boolean {
  if (actorState.operator) return true;
  if (key.uid !== null && key.uid === actorState.uid && isInPerson(actorState)) return true;
  return isWholeOwner(power);
}

/**
 * True if the credential has all rights of its user, or if it is a key rather than a token and its secret is not being
 * rotated out.
 */
function isInPerson({ whole, secret, retiring }: ActorState): boolean {
  return whole || (secret !== undefined && !retiring);
}

/**
 * Returns the column values by which the key's identity is found. Names are unique per organization, per user for
 * users' own keys, and globally for service keys. An API-user key has the identity of its user.
 */
function identityName({ kind, oid, uid, name }: Pick<KeyRow, 'kind' | 'oid' | 'uid' | 'name'>): IdentityName {
  if (kind === 'api-user') return { kind: 'user', scope: uid ?? '', name: uid ?? '' };
  if (kind === 'user') return { kind: 'user-key', scope: uid ?? '', name };
  if (kind === 'ingestion') return { kind: 'ingestion', scope: oid ?? '', name };
  if (kind === 'federation') return { kind: 'federation', scope: oid ?? '', name };
  if (kind === 'service') return { kind: 'service', scope: '', name };
  return { kind: 'key', scope: oid ?? '', name };
}
