import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { readUserAccess } from '../../principal/access.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow, UserRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
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

/** The entitlements of the actor for the new key, and the user it belongs to. */
export interface CheckedKey {
  readonly power: Entitlements | undefined;
  readonly user: UserRow | undefined;
}

/** Checks that the actor can create a key, with rows read in the transaction of the command. */
export function checkNewKey(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: ActorState,
  prepared: PreparedKey,
): Promise<Outcome<CheckedKey>> {
  const { row } = prepared;
  const { owner } = prepared.input;
  if (owner.kind === 'user') return checkUserKey(tx, context, standing, { owner, row });
  return checkOrganizationKey(tx, context, standing, { owner, row });
}

interface OwnedKey<K extends KeyOwner['kind']> {
  readonly owner: Extract<KeyOwner, { readonly kind: K }>;
  readonly row: PreparedKey['row'];
}

async function checkOrganizationKey(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { owner: { oid, kind }, row }: OwnedKey<'organization' | 'ingestion'>,
): Promise<Outcome<CheckedKey>> {
  const held = checkHeld(context, standing, oid, kind === 'ingestion' ? 'ingestkey.ctrl' : 'apikey.ctrl');
  if (!held.allowed) return held;
  if ((await tx.get('organization', { oid })) === undefined) return unknown('organization');
  const room = await requireKeyRoom(tx, context, standing, { kind: 'organization', oid, of: kind });
  if (!room.allowed) return room;
  if (standing.operator) return allow({ power: undefined, user: undefined });
  const target: Entitlements = {
    oid,
    grants: row.permissions,
    // An ingestion key only sends data, so its flairs grant nothing.
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
  standing: ActorState,
  { owner: { uid, oid, inOwnName, version }, row }: OwnedKey<'user'>,
): Promise<Outcome<CheckedKey>> {
  const isOwn = oid === undefined || inOwnName === true;
  const may = isOwn ? checkOwnName(standing, uid) : checkKeyKeeper(context, standing, { uid, oid });
  if (!may.allowed) return may;
  // Replacing a key is a rotation without an overlap.
  if (oid !== undefined && standing.retiring) return denyRetiring();
  const user = await tx.get('user', { uid });
  if (user === undefined || !(await mayHaveKeyIn(tx, standing, user, oid))) {
    return unknown(standing.uid === uid ? 'organization' : 'user');
  }
  const seen = checkVersion(await apiUserVersion(tx, user, context.now()), version);
  if (!seen.allowed) return seen;
  if (standing.operator) return allow({ power: undefined, user });
  const room = await requireKeyRoom(tx, context, standing, { kind: 'user', uid });
  if (!room.allowed) return room;
  const place = user.type === 'standard' ? (oid ?? null) : null;
  return checkUserSecret(tx, context, standing, { user, bounds: { ...row, oid: place } });
}

/**
 * True if the user can get a key, or an API-user key in the organization: an API user of the organization; or a person
 * with access to it, if that person acts in their own name or the operator acts.
 */
async function mayHaveKeyIn(
  tx: ReadTransaction,
  standing: ActorState,
  user: UserRow,
  oid: string | undefined,
): Promise<boolean> {
  if (oid === undefined) return true;
  if (user.type === 'api') return user.oid === oid;
  const own = requireOwnName(standing, 'have an API-user key');
  const may = own.allowed && (standing.operator || own.value === user.uid);
  return may && (await readUserAccess(tx, user)).has(oid);
}

/** Checks that the person or the operator creates the key of a person. Other actors are refused. */
function checkOwnName(standing: ActorState, uid: string): Outcome<unknown> {
  const what = 'make a key in their own name';
  const own = requireOwnName(standing, what);
  if (!own.allowed || standing.operator || own.value === uid) return own;
  return deny('ERR_USER_REQUIRED', { detail: `only a user can ${what}` });
}

/**
 * Checks that the actor can replace the key of an API user: it is that user, or manages the users of its organization.
 */
function checkKeyKeeper(
  context: AdministrationContext,
  standing: ActorState,
  { uid, oid }: { readonly uid: string; readonly oid: string },
): Outcome<unknown> {
  return standing.uid === uid ? allow(undefined) : checkUserControl(context, standing, oid);
}

/** The bounds of a user's key, in addition to what its user holds. */
type Bounds = Pick<KeyRow, 'flairs' | 'ranges' | 'expiresAt' | 'oid'>;

function boundsOf({ flairs, ranges, expiresAt }: Bounds): Omit<Bounds, 'oid'> {
  return { flairs, ranges, expiresAt };
}

/**
 * Checks that the actor can get a secret of a user's key. The key is valid in all organizations of the user, or in the
 * one it names, so the actor must hold as much in each of them.
 */
export async function checkUserSecret(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { user, bounds }: { readonly user: UserRow; readonly bounds: Bounds },
): Promise<Outcome<CheckedKey>> {
  const powers: (Entitlements | undefined)[] = [];
  for (const [oid, access] of await readUserAccess(tx, user)) {
    if (bounds.oid !== null && bounds.oid !== oid) continue;
    // Flairs as stored: one without effect today takes effect when the user becomes an owner.
    const target: Entitlements = { oid, ...access, ...boundsOf(bounds), narrowed: false };
    const power = standing.in(oid);
    const minted = checkNoEscalation(power, target, context.catalogue);
    if (!minted.allowed) return minted;
    powers.push(power);
  }
  // With organizations, `root` and `bulk` were checked in each.
  const unchecked = bounds.flairs.filter((flair) => powers.length === 0 || (flair !== 'root' && flair !== 'bulk'));
  const minted = await checkAnywhere(tx, context, standing, { ...bounds, flairs: unchecked });
  if (!minted.allowed) return minted;
  // Content that is secret to the user is spread over all these organizations: only an owner of each one can read it by
  // a new key.
  return allow({ power: powers.every(isWholeOwner) ? powers[0] : undefined, user });
}

/**
 * Checks those bounds of a key that do not change when its user joins an organization later: they must lie within the
 * bounds of the acting key.
 */
async function checkAnywhere(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: ActorState,
  bounds: Bounds,
): Promise<Outcome<undefined>> {
  const own = standing.keyId === undefined ? undefined : await tx.get('key', { keyId: standing.keyId });
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
   * With `oid`, an API-user key: the key of an API user of that organization, or a person's key that is valid only
   * there. The version is that of the user. With `inOwnName`, only a person who acts in their own name can create it.
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
  /** Grants of an organization key. A user's key has the permissions of the user at the time of use. */
  readonly permissions?: readonly string[];
  /**
   * CIDR ranges the key can be used from.
   *
   * @default any address
   */
  readonly ranges?: readonly string[];
  /**
   * Expiry in milliseconds since 1970.
   *
   * @default never
   */
  readonly expiresAt?: number;
  readonly description?: string;
  /**
   * True for a decoy key that no caller is given, so that its first use raises an event.
   *
   * @default false
   */
  readonly honeytoken?: boolean;
  /**
   * Format of the key text.
   *
   * @default the key format of the process
   */
  readonly format?: AdministrationContext['keyFormat'];
}

/** A key checked and created before the transaction, so that the transaction waits for nothing. */
export interface PreparedKey {
  readonly input: CreateKeyInput;
  readonly row: Omit<KeyRow, 'identity' | 'createdBy' | 'createdByName'>;
  readonly text: string;
  readonly hash: string;
}
