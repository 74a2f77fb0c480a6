import { limits as fixed } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { OptionError } from '../../denial/errors.js';
import { assertKnownOptions } from '../../options/assert-known-options.js';
import { parseInteger } from '../../options/integer.js';
import type { TableName, Tables } from '../../store/rows.js';
import type { WriteTransaction } from '../../store/transaction.js';
import type { ActorState } from './actor-state.js';

/**
 * Limits on the number of objects that one caller can create or own. The limits also restrict the work that one request
 * can cause.
 *
 * If a limit is lowered, existing objects stay, and only new objects are refused. The operator is exempt from limits.
 */
export interface CallerLimits {
  /**
   * Maximum number of existing organizations that one user may have created.
   *
   * @default 1000
   */
  readonly organizationsMade: number;
  /**
   * Maximum number of organizations that one user has accepted.
   *
   * @default 1000
   */
  readonly membershipsAccepted: number;
  /**
   * Maximum number of unanswered offers in one organization. An offer gives a user rights in the organization if the
   * user accepts the offer.
   *
   * @default 1000
   */
  readonly offersOfOrganization: number;
  /**
   * Maximum number of unanswered offers that one user has made to other users.
   *
   * @default 200
   */
  readonly offersOfUser: number;
  /**
   * Maximum number of groups that one user has created.
   *
   * The same limit applies when one user makes another user an owner of groups: it limits the number of these groups
   * for each pair of users.
   *
   * @default 100
   */
  readonly groupsOwned: number;
  /**
   * Maximum number of owners of one group.
   *
   * @default 100
   */
  readonly groupOwners: number;
  /**
   * Maximum number of groups that one user belongs to, directly or through nested groups.
   *
   * @default 1000
   */
  readonly groupsOfUser: number;
  /**
   * Maximum number of direct members of one group.
   *
   * @default 10000
   */
  readonly groupMembers: number;
  /**
   * Maximum number of organizations that one group is attached to.
   *
   * @default 100
   */
  readonly groupOrganizations: number;
  /**
   * Maximum number of groups nested directly in one group.
   *
   * @default 100
   */
  readonly groupsInGroup: number;
  /**
   * Maximum number of groups connected with one group. A connected group contains the group or is nested in it,
   * directly or through other groups.
   *
   * @default 1000
   */
  readonly groupsConnected: number;
  /**
   * Maximum number of levels of nested groups. Must be at most 16.
   *
   * @default 16
   */
  readonly groupDepth: number;
  /**
   * Maximum reach of one group. The reach is the product of two numbers: the number of members of the group and of all
   * groups nested in it, and the number of organizations attached to the group and to all groups that contain it.
   *
   * @default 10000
   */
  readonly groupReach: number;
  /**
   * Maximum number of valid keys of one organization. The keys of each kind are counted separately.
   *
   * @default 10000
   */
  readonly organizationKeys: number;
  /**
   * Maximum number of valid keys of one user.
   *
   * @default 100
   */
  readonly userKeys: number;
  /**
   * Maximum number of policies of one organization.
   *
   * @default 1000
   */
  readonly policies: number;
  /**
   * Maximum number of federations of one organization.
   *
   * @default 100
   */
  readonly federations: number;
  /**
   * Maximum number of API users of one organization.
   *
   * @default 10000
   */
  readonly apiUsers: number;
  /**
   * Maximum number of users created by one user, or by the keys of one organization.
   *
   * @default 1000
   */
  readonly usersMade: number;
  /**
   * Maximum number of records of one kind in one organization.
   *
   * @default 10000
   */
  readonly records: number;
  /**
   * Maximum total size of all records of one kind in one organization, in bytes.
   *
   * @default 67108864 (64 MiB)
   */
  readonly recordBytes: number;
}

export type LimitName = keyof CallerLimits;

/** The part of a command context that contains the limits. */
export interface LimitedContext {
  /** @default DEFAULT_CALLER_LIMITS */
  readonly limits?: CallerLimits;
}

/** Default limits. */
export const DEFAULT_CALLER_LIMITS: CallerLimits = Object.freeze({
  organizationsMade: 1000,
  membershipsAccepted: 1000,
  offersOfOrganization: 1000,
  offersOfUser: 200,
  groupsOwned: 100,
  groupOwners: 100,
  groupsOfUser: 1000,
  groupMembers: 10_000,
  groupOrganizations: 100,
  groupsInGroup: 100,
  groupsConnected: 1000,
  groupDepth: fixed.groupDepth,
  groupReach: 10_000,
  organizationKeys: 10_000,
  userKeys: 100,
  policies: 1000,
  federations: 100,
  apiUsers: 10_000,
  usersMade: 1000,
  records: 10_000,
  recordBytes: 64 * 1024 * 1024,
});

const MAX_LIMIT = 1_000_000_000;

/**
 * Parses limits. Limits that are not given get their default values.
 *
 * @throws OptionError that names the invalid limit. For an unknown name, the error also suggests the most similar limit
 * @example
 * const limits = parseCallerLimits({ organizationKeys: 50 });
 */
export function parseCallerLimits(given: { readonly [N in LimitName]?: number | undefined } | undefined): CallerLimits {
  if (given === undefined) return DEFAULT_CALLER_LIMITS;
  if (typeof given !== 'object' || given === null) throw new OptionError('limits: must be an object of numbers');
  assertKnownOptions('limits', given, Object.keys(DEFAULT_CALLER_LIMITS));
  const parsed: Record<string, number> = { ...DEFAULT_CALLER_LIMITS };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const most = name === 'groupDepth' ? fixed.groupDepth : MAX_LIMIT;
    parsed[name] = parseInteger(`limits.${name}`, value, { least: 0, most });
  }
  return Object.freeze(parsed as unknown as CallerLimits);
}

/**
 * Returns the limits that a command enforces.
 *
 * @example
 * const { organizationKeys } = limitsOf(context);
 */
export function limitsOf({ limits = DEFAULT_CALLER_LIMITS }: LimitedContext): CallerLimits {
  return limits;
}

/** Checks that one more object may be added to `count` existing objects. The operator is exempt from limits. */
export function checkLimit(
  context: LimitedContext,
  actorState: Pick<ActorState, 'operator'>,
  name: LimitName,
  count: number,
): Outcome<undefined> {
  const limit = limitsOf(context)[name];
  return actorState.operator || count < limit ? allow(undefined) : denyLimit(name, limit);
}

/**
 * Checks that one more row that matches `where` may be added to a table. Stops counting at the limit. For the operator,
 * who is exempt from limits, counts no rows.
 */
export async function checkRoom<T extends TableName>(
  tx: WriteTransaction,
  context: LimitedContext,
  actorState: Pick<ActorState, 'operator'>,
  { name, table, where }: { readonly name: LimitName; readonly table: T; readonly where: Partial<Tables[T]> },
): Promise<Outcome<undefined>> {
  if (actorState.operator) return allow(undefined);
  return checkLimit(context, actorState, name, await tx.count(table, where, limitsOf(context)[name]));
}

/**
 * Returns the denial for exceeding a limit.
 *
 * @example
 * const { records } = limitsOf(context);
 * const outcome = count < records ? allow(undefined) : denyLimit('records', records);
 */
export function denyLimit(name: LimitName, limit: number): Outcome<never> {
  return deny('ERR_LIMIT', { detail: `the limit is reached: at most ${limit} (${name})`, members: { limit, name } });
}
