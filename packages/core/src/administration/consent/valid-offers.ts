import { type Access, readAccessOfMany } from '../../principal/access.js';
import { groupsFrom, walkGroups } from '../../principal/group-walk.js';
import { invalidReason, readSubject } from '../../principal/read-subject.js';
import type { OfferRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { operatorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';
import { checkHoldings } from '../escalation/check-gain.js';
import { policyGrants, readPolicyGrants } from '../escalation/group-reach.js';
import { findOpenOffers } from './offers.js';

/**
 * The valid offers that an organization has made to a user. An offer is valid if its giver would be allowed to make the
 * offer now.
 */
export interface ValidOffers {
  readonly valid: readonly OfferRow[];
  /**
   * Returns a group in `gids` if the giver of a valid offer would be allowed to grant the group's rights in the
   * organization. Omits groups of which the user is not a direct member.
   */
  findGivable(gids: readonly string[]): Promise<ReadonlySet<string>>;
}

/**
 * Checks again every unexpired offer that an organization has made to a user. Returns the offers that their givers
 * would be allowed to make now.
 *
 * Reads the givers, the groups and the policies once for all offers, so that a policy is not read again for every
 * offer.
 */
export async function readValidOffers(
  tx: ReadTransaction,
  context: AdministrationContext,
  { oid, uid }: Pick<OfferRow, 'oid' | 'uid'>,
): Promise<ValidOffers> {
  const offers = await findOpenOffers(tx, { oid, uid }, context.now());
  if (offers.length === 0) return { valid: [], findGivable: async () => new Set() };
  const opened = await readPolicyGrants(tx, uid, oid);
  const powers = await readPowers(tx, context, oid, offers);
  const vias = new Set(offers.map(({ via }) => via).filter((via) => via !== ''));
  const given = await readGivenBy(tx, oid, vias);
  const isMember = (await tx.get('membership', { uid, oid })) !== undefined;
  const valid: OfferRow[] = [];
  for (const offer of offers) {
    const access =
      offer.via === ''
        ? isMember && { grants: [...offer.permissions, ...opened], owner: offer.role === 'owner' }
        : await accessByGroup(tx, { uid, gid: offer.via, given, opened });
    if (access && mayGive(context, powers.get(giverKeyOf(offer)), oid, access)) valid.push(offer);
  }
  return {
    valid,
    async findGivable(gids) {
      const more = valid.length === 0 ? new Map() : await readGivenBy(tx, oid, gids);
      const givable = new Set<string>();
      for (const gid of more.keys()) {
        const access = await accessByGroup(tx, { uid, gid, given: more, opened });
        if (access && valid.some((offer) => mayGive(context, powers.get(giverKeyOf(offer)), oid, access))) {
          givable.add(gid);
        }
      }
      return givable;
    },
  };
}

/**
 * Permissions that groups grant in one organization, by group id. The permissions of a group include the permissions of
 * the groups that contain it, and the permissions that the organization's policies grant to these groups.
 */
type GroupPermissions = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads the permissions that these groups grant in an organization. Omits a group if neither it nor a group that
 * contains it is attached to the organization.
 */
async function readGivenBy(tx: ReadTransaction, oid: string, gids: Iterable<string>): Promise<GroupPermissions> {
  const starts = [...gids];
  const given = new Map<string, Set<string>>();
  if (starts.length === 0) return given;
  const walk = await walkGroups(tx, starts, 'up');
  const groups = [...walk.groups];
  const attachments = await tx.findIn('groupOrganization', 'gid', groups);
  const attached = new Set(attachments.filter((row) => row.oid === oid).map(({ gid }) => gid));
  const own = new Map<string, readonly string[]>();
  for (const { gid, permissions } of await tx.findIn('group', 'gid', [...attached])) own.set(gid, permissions);
  const policies = await tx.findPolicies([oid], groups);
  for (const start of starts) {
    const above = groupsFrom(start, walk);
    const giving = [...above].filter((gid) => attached.has(gid));
    if (giving.length === 0) continue;
    const grants = giving.flatMap((gid) => own.get(gid) ?? []);
    given.set(start, new Set([...grants, ...policies.flatMap((policy) => policyGrants(policy, above))]));
  }
  return given;
}

interface SoughtAccess {
  readonly uid: string;
  readonly gid: string;
  readonly given: GroupPermissions;
  /**
   * Permissions that the organization's policies grant to the user's groups. These permissions take effect as soon as
   * the user accepts the organization.
   */
  readonly opened: readonly string[];
}

/**
 * Returns the access that the user gets in the organization by membership in the group. Returns undefined if the user
 * is no longer a direct member of the group, or if the group grants nothing there.
 */
async function accessByGroup(
  tx: ReadTransaction,
  { uid, gid, given, opened }: SoughtAccess,
): Promise<Access | undefined> {
  const grants = given.get(gid);
  if (grants === undefined || (await tx.get('groupMember', { gid, uid })) === undefined) return undefined;
  return { grants: [...grants, ...opened], owner: false };
}

function mayGive(
  context: AdministrationContext,
  power: Entitlements | undefined,
  oid: string,
  access: Access,
): boolean {
  if (power === undefined) return false;
  const actorState: ActorState = { ...operatorState(''), operator: false, in: () => power, asUser: () => power };
  return checkHoldings(context, actorState, [[oid, access]]).allowed;
}

/** Rights that the givers of offers now have in the organization, by giver. Omits givers who have no rights there. */
type Powers = ReadonlyMap<string, Entitlements>;

const giverKeyOf = ({ giver, giverKey }: OfferRow): string => `${giverKey ?? ''} ${giver}`;

async function readPowers(
  tx: ReadTransaction,
  context: AdministrationContext,
  oid: string,
  offers: readonly OfferRow[],
): Promise<Powers> {
  const powers = new Map<string, Entitlements>();
  const givers = new Map(offers.map((offer) => [giverKeyOf(offer), offer]));
  const uids = [...givers.values()].filter(({ giverKey }) => giverKey === null).map(({ giver }) => giver);
  const active = (await tx.findIn('user', 'uid', uids)).filter((user) => user.active).map(({ uid }) => uid);
  const accesses = await readAccessOfMany(tx, active);
  for (const [name, { giver, giverKey }] of givers) {
    const access = accesses.get(giver)?.get(oid);
    const power =
      giverKey === null
        ? access && { ...access, oid, flairs: [], narrowed: false, ranges: [], expiresAt: null }
        : await readPowerOfKey(tx, context, giverKey, oid);
    if (power !== undefined) powers.set(name, power);
  }
  return powers;
}

async function readPowerOfKey(
  tx: ReadTransaction,
  context: AdministrationContext,
  keyId: string,
  oid: string,
): Promise<Entitlements | undefined> {
  const key = await tx.get('key', { keyId });
  if (key === undefined || invalidReason(key, context.now()) !== undefined) return undefined;
  const subject = await readSubject(tx, key);
  const access = typeof subject === 'string' ? undefined : subject.access.get(oid);
  return access && { ...access, oid, narrowed: false, ranges: key.ranges, expiresAt: key.expiresAt };
}
