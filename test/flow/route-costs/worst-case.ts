import type { Store, TableName, Tables } from '@flairgate/core/store';
import { type RunningService, seed } from '../running-service.ts';

/** Amounts that a caller owns. Each limit of what one caller can own is filled to its share of `n`. */
export interface Sizes {
  /** Organizations, policies, members and offers. */
  readonly n: number;
  /** Groups of the caller, and organizations of one group. */
  readonly groups: number;
  /** Keys, ingestion keys and API users of the organization. */
  readonly many: number;
}

export const sizesOf = (n: number): Sizes => ({ n, groups: Math.min(n, 100), many: Math.min(10 * n, 10_000) });

/** Everything that one caller owns at once, and the ids of what the requests name. */
export interface WorstCase {
  readonly oid: string;
  readonly uid: string;
  readonly text: string;
  /** An organization with `n` offers to the caller, each by another giver. */
  readonly offering: string;
  readonly gid: string;
  readonly child: string;
  readonly loose: string;
  readonly keyId: string;
  readonly apiUid: string;
  readonly federationId: string;
  readonly otherKeyId: string;
  readonly email: string;
}

const count = (most: number) => Array.from({ length: most }, (_, at) => at);
const idOf = (kind: number, at: number) =>
  `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(at).padStart(12, '0')}`;
const keyIdOf = (kind: number, at: number) => `${kind}${String(at).padStart(9, '0')}`;

const [ORGANIZATION, GROUP, MEMBER, API_USER, GIVER, GIVER_GROUP] = [1, 2, 3, 4, 5, 6];
const PLACE = { accepted: true, giver: null, address: null };
const GROUP_ROW = { permissions: ['dr.list'], createdBy: null, createdAt: 0, version: 1 };

/** Fills a store with the worst that one caller can own. */
export async function fillWorstCase(running: RunningService, { n, groups, many }: Sizes): Promise<WorstCase> {
  const { store } = running.service.context.administration;
  const { oid, uid, userKey, organizationKey } = await seed(running);
  const gids = count(groups).map((at) => idOf(GROUP, at));
  const [gid = '', child = '', loose = ''] = gids;
  await fillOrganizations(store, uid, n);
  await fillGroups(store, { oid, uid, gids, n });
  await fillPeople(store, { oid, gid, n });
  await fillKeys(store, { oid, uid, many });
  await fillApiUsers(store, oid, many);
  const offering = await fillOffers(store, uid, n);
  const more = { keyId: keyIdOf(1, 0), apiUid: idOf(API_USER, 0), federationId: keyIdOf(4, 0) };
  const ids = { ...more, otherKeyId: organizationKey.keyId, email: 'm0@example.com' };
  return { oid, uid, text: userKey.text, offering, gid, child, loose, ...ids };
}

async function insertAll<T extends TableName>(store: Store, table: T, rows: readonly Tables[T][]): Promise<void> {
  for (let at = 0; at < rows.length; at += 500) {
    await store.write((tx) => tx.insertAll(table, rows.slice(at, at + 500)));
  }
}

/** Organizations that the caller owns. */
async function fillOrganizations(store: Store, uid: string, n: number): Promise<void> {
  const oids = count(n - 1).map((at) => idOf(ORGANIZATION, at));
  const organization = { location: 'l', createdBy: null, createdAt: 0, description: null };
  await insertAll(
    store,
    'organization',
    oids.map((oid, at) => ({ ...organization, oid, name: `o${at}` })),
  );
  const membership = { uid, role: 'owner', permissions: ['dr.list'], accepted: true } as const;
  await insertAll(
    store,
    'membership',
    oids.map((oid) => ({ ...membership, oid })),
  );
  await insertAll(
    store,
    'consent',
    oids.map((oid) => ({ uid, oid, acceptedAt: 0 })),
  );
}

interface OwnGroups {
  readonly oid: string;
  readonly uid: string;
  readonly gids: readonly string[];
  readonly n: number;
}

/** Groups that the caller owns and is in, each attached to its organization, and policies that name them. */
async function fillGroups(store: Store, { oid, uid, gids, n }: OwnGroups): Promise<void> {
  await insertAll(
    store,
    'group',
    gids.map((gid, at) => ({ ...GROUP_ROW, gid, name: `g${at}` })),
  );
  await insertAll(
    store,
    'groupOwner',
    gids.map((gid) => ({ gid, uid, giver: uid, address: null })),
  );
  await insertAll(
    store,
    'groupMember',
    gids.map((gid) => ({ ...PLACE, gid, uid })),
  );
  await insertAll(
    store,
    'groupOrganization',
    gids.map((gid) => ({ gid, oid })),
  );
  const named = (at: number) => ({ [gids[at % gids.length] ?? '']: { dr: ['read'] as const } });
  const policies = count(n).map((at) => ({ oid, name: `p${at}`, grants: named(at), version: 1 }));
  await insertAll(store, 'policy', policies);
}

/** Members of one group, who have accepted the organization and are members of it. */
async function fillPeople(store: Store, { oid, gid, n }: Pick<OwnGroups, 'oid' | 'n'> & { gid: string }) {
  const uids = count(n).map((at) => idOf(MEMBER, at));
  const person = { type: 'standard', oid: null, active: true, createdAt: 0 } as const;
  await insertAll(
    store,
    'user',
    uids.map((uid, at) => ({ ...person, uid, email: `m${at}@example.com` })),
  );
  await insertAll(
    store,
    'groupMember',
    uids.map((uid) => ({ ...PLACE, gid, uid })),
  );
  await insertAll(
    store,
    'consent',
    uids.map((uid) => ({ uid, oid, acceptedAt: 0 })),
  );
  await insertAll(
    store,
    'membership',
    uids.map((uid) => ({ uid, oid, role: 'member', permissions: ['dr.list'], accepted: true }) as const),
  );
}

const KEY = {
  flairs: [],
  permissions: [],
  ranges: [],
  description: null,
  createdBy: null,
  createdByName: 'test',
  createdAt: 0,
  expiresAt: null,
  disabledAt: null,
  revokedAt: null,
  masked: null,
  sealed: null,
  policy: null,
  honeytoken: false,
} as const;

interface OwnKeys {
  readonly oid: string;
  readonly uid: string;
  readonly many: number;
}

/** Keys of each kind that the organization and the caller can have. */
async function fillKeys(store: Store, { oid, uid, many }: OwnKeys): Promise<void> {
  const few = count(Math.min(many, 99));
  const kinds = [
    ['organization', 'key', count(many), { oid, uid: null }],
    ['ingestion', 'ingestion', count(many), { oid, uid: null }],
    ['user', 'user-key', few, { oid: null, uid }],
    ['federation', 'federation', few, { oid, uid: null }],
  ] as const;
  for (const [at, [kind, identityKind, all, owner]] of kinds.entries()) {
    const ids = all.map((each) => keyIdOf(at + 1, each));
    const scope = owner.oid ?? owner.uid;
    const identity = { kind: identityKind, scope, createdBy: null, createdAt: 0 };
    await insertAll(
      store,
      'identity',
      ids.map((id) => ({ ...identity, id: `identity ${id}`, secretId: `secret ${id}`, name: `n${id}` })),
    );
    await insertAll(
      store,
      'key',
      ids.map((keyId) => ({ ...KEY, ...owner, kind, keyId, identity: `identity ${keyId}`, name: `n${keyId}` })),
    );
  }
  const rule = { oid, issuer: 'https://i.example', audience: 'a', matches: { repo: 'r' }, ttlSeconds: 60, once: true };
  await insertAll(
    store,
    'federation',
    few.map((each) => ({ ...rule, keyId: keyIdOf(4, each) })),
  );
}

async function fillApiUsers(store: Store, oid: string, many: number): Promise<void> {
  const uids = count(many).map((at) => idOf(API_USER, at));
  const user = { type: 'api', oid, active: true, createdAt: 0 } as const;
  await insertAll(
    store,
    'user',
    uids.map((uid, at) => ({ ...user, uid, email: `a${at} ${oid}` })),
  );
  await insertAll(
    store,
    'consent',
    uids.map((uid) => ({ uid, oid, acceptedAt: 0 })),
  );
}

/** An organization that offers the caller a membership, by as many givers as it can have offers. */
async function fillOffers(store: Store, uid: string, n: number): Promise<string> {
  const oid = idOf(9, 0);
  const givers = count(n).map((at) => idOf(GIVER, at));
  const gids = count(Math.min(n, 20)).map((at) => idOf(GIVER_GROUP, at));
  const person = { type: 'standard', oid: null, active: true, createdAt: 0 } as const;
  const organization = { oid, name: 'offering', location: 'l', createdBy: null, createdAt: 0, description: null };
  await insertAll(store, 'organization', [organization]);
  await insertAll(
    store,
    'user',
    givers.map((giver, at) => ({ ...person, uid: giver, email: `g${at}@example.com` })),
  );
  const permissions = ['dr.list', 'user.ctrl'];
  const held = { oid, role: 'member', permissions, accepted: true } as const;
  await insertAll(
    store,
    'membership',
    givers.map((giver) => ({ ...held, uid: giver })),
  );
  await insertAll(
    store,
    'consent',
    givers.map((giver) => ({ uid: giver, oid, acceptedAt: 0 })),
  );
  await insertAll(
    store,
    'group',
    gids.map((gid) => ({ ...GROUP_ROW, gid, name: gid })),
  );
  await insertAll(
    store,
    'groupMember',
    givers.flatMap((giver) => gids.map((gid) => ({ ...PLACE, gid, uid: giver }))),
  );
  const named = (at: number) => ({ [gids[at % gids.length] ?? '']: { dr: ['read'] as const } });
  const policies = count(n).map((at) => ({ oid, name: `p${at}`, grants: named(at), version: 1 }));
  await insertAll(store, 'policy', policies);
  await insertAll(store, 'membership', [{ oid, uid, role: 'member', permissions: ['dr.list'], accepted: false }]);
  const offer = { oid, uid, via: '', giverKey: null, role: 'member', permissions: ['dr.list'], address: null } as const;
  const madeAt = Date.now();
  await insertAll(
    store,
    'offer',
    givers.map((giver) => ({ ...offer, giver, madeAt })),
  );
  return oid;
}
