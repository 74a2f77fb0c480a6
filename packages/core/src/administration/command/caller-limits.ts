import { limits as fixed } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { OptionError } from '../../denial/errors.js';
import { assertKnownOptions } from '../../options/assert-known-options.js';
import { parseInteger } from '../../options/integer.js';
import type { ActorState } from './actor-state.js';

/**
 * Limits of what one caller can own, which bound the work of a request.
 *
 * Whatever exceeds a limit already is kept; only additions are refused. The operator is not limited.
 */
export interface CallerLimits {
  /**
   * Existing organizations that one user has created.
   *
   * @default 1000
   */
  readonly organizationsMade: number;
  /**
   * Organizations whose membership one user has accepted.
   *
   * @default 1000
   */
  readonly membershipsAccepted: number;
  /**
   * Open offers of one organization.
   *
   * @default 1000
   */
  readonly offersOfOrganization: number;
  /**
   * Open offers made by one user.
   *
   * @default 200
   */
  readonly offersOfUser: number;
  /**
   * Groups that one user has created.
   *
   * Also bounds the groups that one giver has given to one user to own.
   *
   * @default 100
   */
  readonly groupsOwned: number;
  /**
   * Users who own one group.
   *
   * @default 100
   */
  readonly groupOwners: number;
  /**
   * Groups one user is in, directly or through a nested group.
   *
   * @default 1000
   */
  readonly groupsOfUser: number;
  /**
   * Users who are direct members of one group.
   *
   * @default 10000
   */
  readonly groupMembers: number;
  /**
   * Organizations one group is attached to.
   *
   * @default 100
   */
  readonly groupOrganizations: number;
  /**
   * Groups nested directly in one group.
   *
   * @default 100
   */
  readonly groupsInGroup: number;
  /**
   * Groups that contain one group or are contained in it, on all levels.
   *
   * @default 1000
   */
  readonly groupsConnected: number;
  /**
   * Levels of nested groups, at most 16.
   *
   * @default 16
   */
  readonly groupDepth: number;
  /**
   * Reach of one group: the number of memberships in it and in the groups inside it, multiplied by the number of
   * organizations attached to it and to the groups that contain it.
   *
   * @default 10000
   */
  readonly groupReach: number;
  /**
   * Valid keys of one organization, for each kind of key.
   *
   * @default 10000
   */
  readonly organizationKeys: number;
  /**
   * Valid keys of one user.
   *
   * @default 100
   */
  readonly userKeys: number;
  /**
   * Policies of one organization.
   *
   * @default 1000
   */
  readonly policies: number;
  /**
   * Federations of one organization.
   *
   * @default 100
   */
  readonly federations: number;
  /**
   * API users of one organization.
   *
   * @default 10000
   */
  readonly apiUsers: number;
  /**
   * Users created by the actions of one user, or by the keys of one organization.
   *
   * @default 1000
   */
  readonly usersMade: number;
  /**
   * Records of one kind in one organization.
   *
   * @default 10000
   */
  readonly records: number;
  /**
   * Bytes of all records of one kind in one organization.
   *
   * @default 67108864 (64 MiB)
   */
  readonly recordBytes: number;
}

export type LimitName = keyof CallerLimits;

/** The part of a context that sets limits. */
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
 * Parses limits and fills in the defaults.
 *
 * @throws OptionError with the name of the limit; for an unknown name, also with the nearest known one
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

/** Refuses one addition if `count` has reached the limit. The operator is not limited. */
export function checkLimit(
  context: LimitedContext,
  standing: Pick<ActorState, 'operator'>,
  name: LimitName,
  count: number,
): Outcome<undefined> {
  const limit = limitsOf(context)[name];
  return standing.operator || count < limit ? allow(undefined) : denyLimit(name, limit);
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
