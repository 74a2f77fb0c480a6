import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { readUserAccess } from '../../principal/access.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow, UserRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { findActingKey } from '../command/acting-key.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';
import { type Conditional, checkVersion } from '../command/expected-version.js';
import { requireOwnName } from '../command/own-name.js';
import { checkHeld, checkUserControl, isWholeOwner } from '../escalation/check-held.js';
import { checkNoEscalation } from '../escalation/check-no-escalation.js';
import { apiUserVersion } from '../users/api-users.js';
import { requireKeyRoom } from './key-room.js';
import { denyRetiring } from './secrets.js';

/**
 * Result of checking that the actor may create a key: the actor's rights, and the user who will own the key. `user` is
 * undefined for a key of an organization.
 */
export interface CheckedKey {
  readonly power: Entitlements | undefined;
  readonly user: UserRow | undefined;
}

/** Checks that the actor may create a key. Reads all rows in the command's transaction. */
export function checkNewKey(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  prepared: PreparedKey,
): Promise<Outcome<CheckedKey>> {
  const { row } = prepared;
  const { owner } = prepared.input;
  if (owner.kind === 'user') return checkUserKey(tx, context, actorState, { owner, row });
  return checkOrganizationKey(tx, context, actorState, { owner, row });
}

interface OwnedKey<K extends KeyOwner['kind']> {
  readonly owner: Extract<KeyOwner, { readonly kind: K }>;
  readonly row: PreparedKey['row'];
}

async function checkOrganizationKey(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { owner: { oid, kind }, row }: OwnedKey<'organization' | 'ingestion'>,
): Promise<Outcome<CheckedKey>> {
  const held = checkHeld(context, actorState, oid, kind === 'ingestion' ? 'ingestkey.ctrl' : 'apikey.ctrl');
  if (!held.allowed) return held;
  if ((await tx.get('organization', { oid })) === undefined) return unknown('organization');
  const room = await requireKeyRoom(tx, context, actorState, { kind: 'organization', oid, of: kind });
  if (!room.allowed) return room;
  if (actorState.operator) return allow({ power: undefined, user: undefined });
  const target: Entitlements = {
    oid,
    grants: row.permissions,
    // An ingestion key can only send data. It is checked as if it had the `segment` flair, so that a segmented actor
    // may create it.
    flairs: kind === 'ingestion' && !row.flairs.includes('segment') ? [...row.flairs, 'segment'] : row.flairs,
    owner: false,
    narrowed: false,
    ranges: row.ranges,
    expiresAt: row.expiresAt,
  };
  const minted = checkNoEscalation(held.value, target, context.catalogue);
  return minted.allowed ? allow({ power: held.value, user: undefined }) : minted;
}

async function checkUserKey(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { owner: { uid, oid, inOwnName, version }, row }: OwnedKey<'user'>,
): Promise<Outcome<CheckedKey>> {
  const isOwn = oid === undefined || inOwnName === true;
  const may = isOwn ? checkOwnName(actorState, uid) : checkKeyKeeper(context, actorState, { uid, oid });
  if (!may.allowed) return may;
  // A secret that is being rotated out must not rotate keys. Replacing a key is a rotation without an overlap.
  if (oid !== undefined && actorState.retiring) return denyRetiring();
  const user = await tx.get('user', { uid });
  if (user === undefined || !(await mayHaveKeyIn(tx, actorState, user, oid))) {
    return unknown(actorState.uid === uid ? 'organization' : 'user');
  }
  const seen = checkVersion(await apiUserVersion(tx, user, context.now()), version);
  if (!seen.allowed) return seen;
  if (actorState.operator) return allow({ power: undefined, user });
  const room = await requireKeyRoom(tx, context, actorState, { kind: 'user', uid });
  if (!room.allowed) return room;
  const place = user.type === 'standard' ? (oid ?? null) : null;
  return checkUserSecret(tx, context, actorState, { user, bounds: { ...row, oid: place } });
}

/**
 * True if the user may have the key. Without `oid`, the key is a user's own key, which any user may have. With `oid`,
 * the key is an API-user key for that organization. An API user may have such a key only in its own organization. A
 * person may have such a key in any organization where the person has access, but only if the actor is the operator or
 * that person acting in their own name.
 */
async function mayHaveKeyIn(
  tx: ReadTransaction,
  actorState: ActorState,
  user: UserRow,
  oid: string | undefined,
): Promise<boolean> {
  if (oid === undefined) return true;
  if (user.type === 'api') return user.oid === oid;
  const own = requireOwnName(actorState, 'have an API-user key');
  const may = own.allowed && (actorState.operator || own.value === user.uid);
  return may && (await readUserAccess(tx, user)).has(oid);
}

/**
 * Checks that the actor is the operator, or the person who will own the key and acts in their own name. Refuses all
 * other actors.
 */
function checkOwnName(actorState: ActorState, uid: string): Outcome<unknown> {
  const what = 'make a key in their own name';
  const own = requireOwnName(actorState, what);
  if (!own.allowed || actorState.operator || own.value === uid) return own;
  return deny('ERR_USER_REQUIRED', { detail: `only a user can ${what}` });
}

/**
 * Checks that the actor may replace an API user's key. The actor must be that API user, or must be allowed to manage
 * the users of the organization (`user.ctrl`).
 */
function checkKeyKeeper(
  context: AdministrationContext,
  actorState: ActorState,
  { uid, oid }: { readonly uid: string; readonly oid: string },
): Outcome<unknown> {
  return actorState.uid === uid ? allow(undefined) : checkUserControl(context, actorState, oid);
}

/** Restrictions on a user's key. Apart from these restrictions, the key has all rights of its user. */
type Bounds = Pick<KeyRow, 'flairs' | 'ranges' | 'expiresAt' | 'oid'>;

function boundsOf({ flairs, ranges, expiresAt }: Bounds): Omit<Bounds, 'oid'> {
  return { flairs, ranges, expiresAt };
}

/**
 * Checks that the actor may get a secret for a user's key.
 *
 * The key is valid in all of the user's organizations or, if `bounds.oid` is not null, only in that organization. In
 * each organization where the key is valid, the actor must hold all rights that the key holds.
 */
export async function checkUserSecret(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { user, bounds }: { readonly user: UserRow; readonly bounds: Bounds },
): Promise<Outcome<CheckedKey>> {
  const powers: (Entitlements | undefined)[] = [];
  for (const [oid, access] of await readUserAccess(tx, user)) {
    if (bounds.oid !== null && bounds.oid !== oid) continue;
    // Checks the flairs as they are stored, even if `root` has no effect now: `root` takes effect when the user becomes
    // an owner.
    const target: Entitlements = { oid, ...access, ...boundsOf(bounds), narrowed: false };
    const power = actorState.in(oid);
    const minted = checkNoEscalation(power, target, context.catalogue);
    if (!minted.allowed) return minted;
    powers.push(power);
  }
  // The loop has already checked `root` and `bulk`, unless there was no organization to check them in.
  const unchecked = bounds.flairs.filter((flair) => powers.length === 0 || (flair !== 'root' && flair !== 'bulk'));
  const minted = await checkAnywhere(tx, context, actorState, { ...bounds, flairs: unchecked });
  if (!minted.allowed) return minted;
  // Content that is secret to the user may be in any of these organizations. Only an owner of all these organizations
  // may create a key that can read that content.
  return allow({ power: powers.every(isWholeOwner) ? powers[0] : undefined, user });
}

/**
 * Checks that a key would be at least as restricted as the acting key, in its flairs, address ranges and expiry. These
 * restrictions apply in every organization, including organizations that the key's user joins later.
 */
async function checkAnywhere(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  bounds: Bounds,
): Promise<Outcome<undefined>> {
  const { keyId, uid } = actorState;
  const own = keyId === undefined ? undefined : await findActingKey(tx, { keyId, uid }, context.now());
  if (own === undefined) return allow(undefined);
  const nothing = { oid: '', grants: [], owner: false, narrowed: false };
  const target: Entitlements = { ...nothing, ...boundsOf(bounds) };
  return checkNoEscalation({ ...nothing, ...boundsOf(own) }, target, context.catalogue);
}

function unknown(what: 'organization' | 'user'): Outcome<CheckedKey> {
  return deny('ERR_NOT_FOUND', { detail: `no such ${what}` });
}

/** The owner of a new key. */
export type KeyOwner =
  | { readonly kind: 'organization'; readonly oid: string }
  | { readonly kind: 'ingestion'; readonly oid: string }
  /**
   * Without `oid`, the key is a person's own key. With `oid`, the key is an API-user key: the key of an API user of
   * that organization, or a person's key that is valid only in that organization. `version` is the expected version of
   * the user. With `inOwnName`, only the user `uid`, acting in their own name, and the operator may create the key.
   */
  | ({
      readonly kind: 'user';
      readonly uid: string;
      readonly oid?: string;
      readonly inOwnName?: boolean;
    } & Conditional);

export interface CreateKeyInput {
  readonly owner: KeyOwner;
  /** Name with flairs, for example `vendor[segment]`. */
  readonly name: string;
  /**
   * Permissions granted to an organization key. Must be empty for other keys. A user's key has the permissions that its
   * user has at the time of each request.
   */
  readonly permissions?: readonly string[];
  /**
   * CIDR ranges from which the key may be used.
   *
   * @default any address
   */
  readonly ranges?: readonly string[];
  /**
   * Expiry time, in milliseconds since the Unix epoch.
   *
   * @default never
   */
  readonly expiresAt?: number;
  readonly description?: string;
  /**
   * True if the key is a decoy that is given to no caller. The first use of the key raises an event.
   *
   * @default false
   */
  readonly honeytoken?: boolean;
  /**
   * Format of the key text.
   *
   * @default `keyFormat` of the context
   */
  readonly format?: AdministrationContext['keyFormat'];
}

/** A key whose input was checked and whose text was hashed before the transaction, so that the transaction is short. */
export interface PreparedKey {
  readonly input: CreateKeyInput;
  readonly row: Omit<KeyRow, 'identity' | 'createdBy' | 'createdByName'>;
  readonly text: string;
  readonly hash: string;
}
