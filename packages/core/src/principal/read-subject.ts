import type { Flair } from '../store/flair.js';
import type { IdentityRow, KeyRow, UserRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/transaction.js';
import { readUserAccess } from './access.js';

/** A key's access to one organization, as granted: families such as `dr.*` are not expanded yet. */
export interface SubjectAccess {
  readonly grants: readonly string[];
  readonly flairs: readonly Flair[];
  readonly owner: boolean;
}

/** A valid key with its identity, user and access, read from the store in one snapshot. */
export interface Subject {
  readonly key: KeyRow;
  readonly identity: IdentityRow;
  readonly user: UserRow | undefined;
  readonly access: ReadonlyMap<string, SubjectAccess>;
}

/** Reason why a key is refused, for the audit log. Callers never see this reason. */
export type InvalidReason = 'revoked' | 'disabled' | 'expired' | 'deactivated' | 'orphaned';

/** Returns the reason why a key is refused, based on the key's row alone. Undefined if the row is valid. */
export function invalidReason(key: KeyRow, now: number): InvalidReason | undefined {
  if (key.revokedAt !== null) return 'revoked';
  if (key.disabledAt !== null) return 'disabled';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  return undefined;
}

/**
 * Reads the identity, user and access of a key whose row is valid. If the key must be refused, returns the reason
 * instead.
 */
export async function readSubject(tx: ReadTransaction, key: KeyRow): Promise<Subject | InvalidReason> {
  const identity = await tx.get('identity', { id: key.identity });
  if (identity === undefined) return 'orphaned';
  if (key.uid === null) return { key, identity, user: undefined, access: await ownAccess(tx, key) };
  const user = await tx.get('user', { uid: key.uid });
  if (user === undefined) return 'orphaned';
  if (!user.active) return 'deactivated';
  const access = new Map<string, SubjectAccess>();
  for (const [oid, granted] of await readUserAccess(tx, user)) {
    // A user's key that names an organization (the key of an API user) is valid only in that organization.
    if (key.oid !== null && key.oid !== oid) continue;
    const { grants, owner } = granted;
    access.set(oid, { grants, flairs: flairsIn(key, owner), owner });
  }
  return { key, identity, user, access };
}

/** Returns the access of an organization's key. The row of the key lists the permissions. */
async function ownAccess(tx: ReadTransaction, key: KeyRow): Promise<ReadonlyMap<string, SubjectAccess>> {
  if (key.oid === null || (await tx.get('organization', { oid: key.oid })) === undefined) return new Map();
  return new Map([[key.oid, { grants: key.permissions, flairs: key.flairs, owner: false }]]);
}

/**
 * Returns the flairs (abilities and restrictions) that a user's key has in an organization. The flairs `root` and
 * `bulk` apply only if the user is an owner of the organization, with one exception: an API user owns no organization,
 * so the key of an API user keeps `bulk`.
 */
function flairsIn({ kind, flairs }: KeyRow, owner: boolean): readonly Flair[] {
  if (owner) return flairs;
  return flairs.filter((flair) => flair !== 'root' && (flair !== 'bulk' || kind === 'api-user'));
}
