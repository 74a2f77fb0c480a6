import type { Catalogue } from '../../permission/catalogue.js';
import { rangesWithin } from '../../principal/key/ranges.js';
import type { Millis } from '../../store/columns.js';
import type { KeyRow, PolicyRow, ServicePolicy, TableName, Tables } from '../../store/rows.js';
import { commonGrants } from '../escalation/common-grants.js';

/** What is left of a row that gives something, by what it gave then. */
type Narrow<T extends TableName> = (now: Tables[T], then: Tables[T], by: NarrowBy) => Partial<Tables[T]>;

export interface NarrowBy {
  readonly catalogue: Catalogue;
  readonly at: Millis;
}

/** The tables whose rows give somebody something: whoever has fewer of them, or narrower ones, may do less. */
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
  | 'offer';

/**
 * How each row is narrowed where both databases have it. A row that one of them has not got is in neither.
 *
 * Rights grow with these rows and with nothing else: so nobody has more than before, nor more than in the backup.
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
  // No range in common: the list cannot say so, as an empty one stands for everywhere.
  const ended = ranges === undefined || !isSameHolder(now, then) ? by.at : null;
  return { ...narrowed, ranges: ranges ?? now.ranges, revokedAt: earlier(now.revokedAt, then.revokedAt) ?? ended };
}

/** What never changes while a key lives. */
function isSameHolder(now: KeyRow, then: KeyRow): boolean {
  const fixed = ({ identity, kind, oid, uid, flairs }: KeyRow) => JSON.stringify([identity, kind, oid, uid, flairs]);
  return fixed(now) === fixed(then);
}

/** Null is never. */
function earlier(one: Millis | null, other: Millis | null): Millis | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

/** Ranges within both lists, an empty one being everywhere; undefined for none at all. */
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
