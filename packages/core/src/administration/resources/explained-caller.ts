import { readUserAccess } from '../../principal/access.js';
import { identOf } from '../../principal/build.js';
import { isSuspended } from '../../principal/key/suspended.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import { type InvalidReason, invalidReason, readSubject, type SubjectAccess } from '../../principal/read-subject.js';
import { apiUserName } from '../../store/api-user-name.js';
import type { Flair } from '../../store/flair.js';
import type { KeyRow, UserRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import { findIdentity } from '../keys/identities.js';

/** State of an explained key. Every request with a key that is not `active` is refused. */
export type ExplainedState = 'active' | InvalidReason | 'suspended' | 'without-key';

/** The caller whose access in one organization is explained: a key, or a user with their API-user key. */
export interface ExplainedCaller {
  readonly keyId: string | null;
  readonly uid: string | null;
  /**
   * Display name of the caller. If the name contains an e-mail address that the actor may not see, this is the uid
   * instead.
   */
  readonly ident: string;
  readonly state: ExplainedState;
  readonly flairs: readonly Flair[];
  readonly owner: boolean;
  /** Permissions and permission families (such as `dr.*`), as they were granted. */
  readonly grants: readonly string[];
  readonly organizationCaller: OrganizationCaller;
}

/** Identifies the caller to explain: a key by its public id, or a user by uid. */
export type ExplainedReference = { readonly keyId: string } | { readonly uid: string };

interface ExplainedPlace {
  readonly oid: string;
  readonly now: number;
}

/**
 * Reads one of the organization's keys or users from the store. Returns undefined if the organization has no such key
 * or user.
 *
 * A user's own key is explained only to the operator, to that user with a credential that has all rights of the user,
 * and to the key itself. For all other actors, returns undefined.
 */
export async function readExplainedCaller(
  tx: ReadTransaction,
  actorState: ActorState,
  reference: ExplainedReference,
  place: ExplainedPlace,
): Promise<{ readonly caller: ExplainedCaller; readonly key: KeyRow | undefined } | undefined> {
  if ('keyId' in reference) {
    const key = await tx.get('key', { keyId: reference.keyId });
    if (key === undefined || !isExplainable(key, actorState, place.oid)) return undefined;
    const caller = await callerOfKey(tx, key, place);
    return caller && { caller, key };
  }
  const user = await tx.get('user', { uid: reference.uid });
  if (user === undefined) return undefined;
  const keys = await tx.find('key', { uid: user.uid, kind: 'api-user', revokedAt: null });
  const key = keys.find(({ oid }) => oid === null || oid === place.oid);
  const caller = key === undefined ? await callerOfUser(tx, user, place) : await callerOfKey(tx, key, place);
  return caller && { caller, key };
}

function isExplainable({ kind, oid, uid, keyId }: KeyRow, actorState: ActorState, place: string): boolean {
  if (kind === 'organization') return oid === place;
  if (kind === 'user') {
    const isOfActor = uid !== null && uid === actorState.uid;
    return actorState.operator || (isOfActor && (actorState.whole || keyId === actorState.keyId));
  }
  return kind === 'api-user' && (oid === null || oid === place);
}

async function callerOfKey(
  tx: ReadTransaction,
  key: KeyRow,
  { oid, now }: ExplainedPlace,
): Promise<ExplainedCaller | undefined> {
  const identity = await tx.get('identity', { id: key.identity });
  if (identity === undefined) return undefined;
  const subject = await readSubject(tx, key);
  const user = key.uid === null ? undefined : await tx.get('user', { uid: key.uid });
  const access = typeof subject === 'string' ? undefined : subject.access.get(oid);
  if (access === undefined && !(subject === 'deactivated' && user?.oid === oid)) return undefined;
  const ended = invalidReason(key, now) ?? (subject === 'deactivated' ? subject : undefined);
  return describe({
    keyId: key.keyId,
    user,
    ident: identOf({ key, identity, user, access: new Map() }),
    state: ended ?? ((await isSuspended(tx)) ? 'suspended' : 'active'),
    access: access ?? { grants: [], flairs: key.flairs, owner: false },
    ids: { oid, identity: identity.id, secretId: identity.secretId },
  });
}

/**
 * Id that is used if no identity is stored for the user. This id cannot equal a stored id, because stored ids are
 * UUIDs.
 */
const NOBODY = '-';

async function callerOfUser(
  tx: ReadTransaction,
  user: UserRow,
  { oid }: ExplainedPlace,
): Promise<ExplainedCaller | undefined> {
  const access = (await readUserAccess(tx, user)).get(oid);
  if (access === undefined) return undefined;
  const identity = await findIdentity(tx, { kind: 'user', scope: user.uid, name: user.uid });
  return describe({
    keyId: null,
    user,
    ident: user.type === 'api' ? apiUserName(user) : user.email,
    state: user.active ? 'without-key' : 'deactivated',
    access: { ...access, flairs: [] },
    ids: { oid, identity: identity?.id ?? NOBODY, secretId: identity?.secretId ?? NOBODY },
  });
}

interface Described extends Pick<ExplainedCaller, 'keyId' | 'ident' | 'state'> {
  readonly user: UserRow | undefined;
  readonly access: SubjectAccess;
  readonly ids: Pick<OrganizationCaller, 'oid' | 'identity' | 'secretId'>;
}

function describe({ user, access: { flairs, owner, grants }, ids, ...rest }: Described): ExplainedCaller {
  const has = (flair: Flair) => flairs.includes(flair);
  const organizationCaller = {
    ...ids,
    segment: has('segment'),
    lock: has('lock'),
    secret: has('secret'),
    root: has('root'),
  };
  return { ...rest, uid: user?.uid ?? null, flairs, owner, grants, organizationCaller };
}
