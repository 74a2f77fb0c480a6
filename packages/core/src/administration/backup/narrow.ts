import type { Catalogue } from '../../permission/catalogue.js';
import { rangesWithin } from '../../principal/key/ranges.js';
import type { Millis } from '../../store/columns.js';
import type { KeyRow, PolicyRow, ServicePolicy, TableName, Tables } from '../../store/rows.js';
import { commonGrants } from '../escalation/common-grants.js';

/**
 * Function that compares a row in the database (`now`) with the same row in the backup (`then`). Returns the columns to
 * change so that the row in the database grants no more rights than the row in the backup.
 */
type Narrow<T extends TableName> = (now: Tables[T], then: Tables[T], by: NarrowBy) => Partial<Tables[T]>;

export interface NarrowBy {
  readonly catalogue: Catalogue;
  readonly at: Millis;
}

/**
 * The tables whose rows grant rights. If a row in one of these tables is removed or narrowed, no caller gets more
 * rights.
 */
export type GivingTable =
  | 'organization'
  | 'user'
  | 'membership'
  | 'key'
  | 'secret'
  | 'group'
  | 'groupMember'
  | 'groupOwner'
  | 'groupOrganization'
  | 'groupChild'
  | 'policy'
  | 'consent'
  | 'offer'
  | 'linkedSubject';

/**
 * Narrowing functions, by table. A merge calls these functions for the rows that exist both in the database and in the
 * backup. A merge removes the rows that the backup does not contain, and adds no rows.
 *
 * Only the rows of these tables grant rights. After a merge, therefore, no caller has more rights than before the
 * merge, and no caller has more rights than in the backup.
 */
export const narrowing: { readonly [T in GivingTable]: Narrow<T> } = {
  organization: () => ({}),
  user: (now, then) => ({ active: now.active && then.active }),
  membership: (now, then, { catalogue }) => ({
    role: now.role === 'owner' && then.role === 'owner' ? 'owner' : 'member',
    permissions: commonGrants(now.permissions, then.permissions, catalogue),
    accepted: now.accepted && then.accepted,
  }),
  key: narrowKey,
  secret: (now, then) => ({ endsAt: earlier(now.endsAt, then.endsAt) }),
  group: (now, then, { catalogue }) => ({ permissions: commonGrants(now.permissions, then.permissions, catalogue) }),
  groupMember: (now, then) => ({ accepted: now.accepted && then.accepted }),
  groupOwner: () => ({}),
  groupOrganization: () => ({}),
  groupChild: () => ({}),
  policy: (now, then) => ({ grants: commonPolicy(now.grants, then.grants) }),
  consent: () => ({}),
  offer: (now, then, { catalogue }) => ({
    role: now.role === 'owner' && then.role === 'owner' ? 'owner' : 'member',
    permissions: commonGrants(now.permissions, then.permissions, catalogue),
    madeAt: Math.min(now.madeAt, then.madeAt),
  }),
  linkedSubject: () => ({}),
};

function narrowKey(now: KeyRow, then: KeyRow, by: NarrowBy): Partial<KeyRow> {
  const ranges = commonRanges(now.ranges, then.ranges);
  const narrowed = {
    permissions: commonGrants(now.permissions, then.permissions, by.catalogue),
    expiresAt: earlier(now.expiresAt, then.expiresAt),
    disabledAt: earlier(now.disabledAt, then.disabledAt),
    honeytoken: now.honeytoken || then.honeytoken,
    policy: commonService(now.policy, then.policy, by.catalogue),
  };
  // If the lists have no range in common, the key is revoked: an empty list would allow every address.
  const ended = ranges === undefined || !isSameHolder(now, then) ? by.at : null;
  return { ...narrowed, ranges: ranges ?? now.ranges, revokedAt: earlier(now.revokedAt, then.revokedAt) ?? ended };
}

/** True if two rows of the same key have equal values in the columns that never change while the key exists. */
function isSameHolder(now: KeyRow, then: KeyRow): boolean {
  const fixed = ({ identity, kind, oid, uid, flairs }: KeyRow) => JSON.stringify([identity, kind, oid, uid, flairs]);
  return fixed(now) === fixed(then);
}

/** Returns the earlier of two times. Null means a time that never comes. */
function earlier(one: Millis | null, other: Millis | null): Millis | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

/**
 * Returns the address ranges that both lists allow. An empty list allows every address. Returns undefined if no range
 * is allowed by both lists.
 */
export function commonRanges(one: readonly string[], other: readonly string[]): readonly string[] | undefined {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const both = [
    ...one.filter((range) => rangesWithin([range], other)),
    ...other.filter((range) => rangesWithin([range], one)),
  ];
  return both.length === 0 ? undefined : [...new Set(both)];
}

function commonPolicy(now: PolicyRow['grants'], then: PolicyRow['grants']): PolicyRow['grants'] {
  return mapObject(now, (types, gid) =>
    mapObject(types, (actions, type) =>
      actions.filter((action) => valueIn(valueIn(then, gid), type)?.includes(action)),
    ),
  );
}

function mapObject<V, R>(given: Readonly<Record<string, V>>, map: (value: V, name: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, map(value, name)]));
}

function valueIn<V>(given: Readonly<Record<string, V>> | undefined, name: string): V | undefined {
  return given !== undefined && Object.hasOwn(given, name) ? given[name] : undefined;
}

function commonService(
  now: ServicePolicy | null,
  then: ServicePolicy | null,
  catalogue: Catalogue,
): ServicePolicy | null {
  if (now === null || then === null) return null;
  return {
    organizations: commonOrganizations(now.organizations, then.organizations),
    mayExchange: now.mayExchange.flatMap(({ audience, permissions }) => {
      const before = then.mayExchange.filter((entry) => entry.audience === audience);
      if (before.length === 0) return [];
      const allowed = before.flatMap((entry) => entry.permissions);
      return [{ audience, permissions: commonGrants(permissions, allowed, catalogue) }];
    }),
  };
}

function commonOrganizations(
  now: ServicePolicy['organizations'],
  then: ServicePolicy['organizations'],
): ServicePolicy['organizations'] {
  if (now === 'all') return then;
  return then === 'all' ? now : now.filter((oid) => then.includes(oid));
}
