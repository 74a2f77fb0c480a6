import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { KeyRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';
import { requireOwnName } from '../command/own-name.js';
import { checkHeld, checkUserControl, isSegmented } from '../escalation/check-held.js';
import { denyNoUser } from '../users/members.js';

/**
 * Selects keys: an organization's keys of one kind, the key of one API user of an organization, or a user's own keys. A
 * user's own keys are visible only to the operator, and to the user with a credential that has all rights of the user.
 */
export type KeyPlace =
  | { readonly oid: string; readonly kind?: 'organization' | 'ingestion' | 'federation' }
  | { readonly oid: string; readonly apiUser: string }
  | { readonly uid?: string };

/** Identifies one key: an ingestion key by its name, any other key by its public id. */
export type KeyReference =
  | { readonly oid: string; readonly keyId: string; readonly kind?: 'organization' | 'federation' }
  | { readonly oid: string; readonly kind: 'ingestion'; readonly name: string }
  /**
   * Identifies a user's own key. Without `uid`, the key must belong to the acting user. For the operator, the key may
   * then belong to any user.
   */
  | { readonly uid?: string; readonly keyId: string };

/** The keys that an actor can see, and the actor's rights in the organization of these keys. */
export interface SeenKeys {
  /** Column values that select the keys. */
  readonly where: Partial<KeyRow>;
  readonly power: Entitlements | undefined;
}

/** A key, and the actor's rights in the key's organization. */
export interface ReferredKey {
  readonly key: KeyRow;
  readonly power: Entitlements | undefined;
}

/**
 * Returns which of the selected keys an actor can see. A segmented actor (`segment` flair) sees only keys it created.
 *
 * Every command that finds, lists or revokes keys calls this function, so that the kind, the organization and `segment`
 * are checked in one place.
 */
export async function seeKeys(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  place: KeyPlace,
): Promise<Outcome<SeenKeys>> {
  if (!('oid' in place)) return ownKeys(actorState, place.uid);
  if ('apiUser' in place) return apiUserKeys(tx, context, actorState, place);
  const { oid, kind = 'organization' } = place;
  const held = checkHeld(context, actorState, oid, kind === 'ingestion' ? 'ingestkey.ctrl' : 'apikey.ctrl');
  if (!held.allowed) return held;
  const { identity = '' } = actorState;
  const mine = isSegmented(held.value) ? { createdBy: identity } : {};
  return allow({ where: { oid, kind, revokedAt: null, ...mine }, power: held.value });
}

/** Finds a key that is not revoked. A key that the actor cannot see is reported as not found. */
export async function findKey(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  reference: KeyReference,
): Promise<Outcome<ReferredKey>> {
  const seen = await seeKeys(tx, context, actorState, placeOf(reference));
  if (!seen.allowed) return seen;
  const { where, power } = seen.value;
  const key = await ('name' in reference
    ? byName(tx, where, reference.name)
    : tx.get('key', { keyId: reference.keyId }));
  const ofUser = 'oid' in reference || (key?.uid ?? null) !== null;
  return key !== undefined && ofUser && matches(key, where) ? allow({ key, power }) : denyNoKey();
}

export function denyNoKey(): Denial {
  return deny('ERR_NOT_FOUND', { detail: 'no such key' });
}

function placeOf(reference: KeyReference): KeyPlace {
  if (!('oid' in reference)) return reference.uid === undefined ? {} : { uid: reference.uid };
  const { oid, kind = 'organization' } = reference;
  return { oid, kind };
}

function ownKeys(actorState: ActorState, uid: string | undefined): Outcome<SeenKeys> {
  if (actorState.operator) {
    return allow({ where: { ...(uid === undefined ? {} : { uid }), revokedAt: null }, power: undefined });
  }
  const own = requireOwnName(actorState, 'have keys in their own name');
  if (!own.allowed) return own;
  if (own.value === undefined || (uid !== undefined && uid !== own.value)) return denyNoKey();
  return allow({ where: { uid: own.value, revokedAt: null }, power: undefined });
}

async function apiUserKeys(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, apiUser: uid }: { readonly oid: string; readonly apiUser: string },
): Promise<Outcome<SeenKeys>> {
  const held = checkUserControl(context, actorState, oid);
  if (!held.allowed) return held;
  const user = await tx.get('user', { uid });
  if (user?.type !== 'api' || user.oid !== oid) return denyNoUser();
  return allow({ where: { uid, revokedAt: null }, power: held.value });
}

async function byName(tx: ReadTransaction, where: Partial<KeyRow>, name: string): Promise<KeyRow | undefined> {
  const [key] = await tx.find('key', { ...where, name }, { limit: 1 });
  return key;
}

function matches(key: KeyRow, where: Partial<KeyRow>): boolean {
  return Object.entries(where).every(([column, value]) => Reflect.get(key, column) === value);
}
