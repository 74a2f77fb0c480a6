import { limits as fixed } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { OptionError } from '../../denial/errors.js';
import { assertKnownOptions } from '../../options/assert-known-options.js';
import type { ActorState } from './actor-state.js';
import type { AdministrationContext } from './context.js';

/**
 * How much one caller may own, so that the work of a request is bounded.
 *
 * What is over a limit already stays; only what is added is refused. The operator is not limited.
 */
export interface CallerLimits {
  /** Living organizations that one user has made. Default 1000. */
  readonly organizationsMade: number;
  /** Organizations whose membership one user has accepted. Default 1000. */
  readonly membershipsAccepted: number;
  /** Offers of an organization that are open. Default 1000. */
  readonly offersOfOrganization: number;
  /** Offers of one acting user that are open. Default 200. */
  readonly offersOfUser: number;
  /** Groups one user has made and owns; and groups of others that one user owns. Default 100. */
  readonly groupsOwned: number;
  /** Users that own one group. Default 100. */
  readonly groupOwners: number;
  /** Groups one user is in, directly or by a group inside them. Default 1000. */
  readonly groupsOfUser: number;
  /** Users directly in one group. Default 10000. */
  readonly groupMembers: number;
  /** Organizations one group is attached to. Default 100. */
  readonly groupOrganizations: number;
  /** Groups directly in one group. Default 100. */
  readonly groupsInGroup: number;
  /** Groups that one group is inside of, or that are inside it, on all levels. Default 1000. */
  readonly groupsConnected: number;
  /** Groups inside each other, at most 16. Default 16. */
  readonly groupDepth: number;
  /**
   * Places in one group and in groups inside it, times the organizations of it and of groups it is inside of. Default
   * 10000.
   */
  readonly groupReach: number;
  /** Live keys of one organization, for each kind of key. Default 10000. */
  readonly organizationKeys: number;
  /** Live keys of one user. Default 100. */
  readonly userKeys: number;
  /** Policies of one organization. Default 1000. */
  readonly policies: number;
  /** Federations of one organization. Default 100. */
  readonly federations: number;
  /** API users of one organization. Default 10000. */
  readonly apiUsers: number;
  /** Users that came about by what one user did, or by the keys of one organization. Default 1000. */
  readonly usersMade: number;
  /** Records of one kind in one organization. Default 10000. */
  readonly records: number;
  /** Bytes of all records of one kind in one organization. Default 67108864 (64 MiB). */
  readonly recordBytes: number;
}

export type LimitName = keyof CallerLimits;

/** The limits where nothing else is said. */
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

const MOST = 1_000_000_000;

/**
 * Checks limits that were given and fills in the defaults.
 *
 * @throws OptionError naming the limit, and the nearest known one for an unknown name.
 */
export function parseCallerLimits(given: { readonly [N in LimitName]?: number | undefined } | undefined): CallerLimits {
  if (given === undefined) return DEFAULT_CALLER_LIMITS;
  if (typeof given !== 'object' || given === null) throw new OptionError('limits: write an object of numbers');
  assertKnownOptions('limits', given, Object.keys(DEFAULT_CALLER_LIMITS));
  const parsed: Record<string, number> = { ...DEFAULT_CALLER_LIMITS };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const most = name === 'groupDepth' ? fixed.groupDepth : MOST;
    if (!(Number.isInteger(value) && value >= 0 && value <= most)) {
      throw new OptionError(`limits.${name}: write a whole number from 0 to ${most}`);
    }
    parsed[name] = value;
  }
  return Object.freeze(parsed as unknown as CallerLimits);
}

/** The limits a command keeps to. */
export function limitsOf({ limits = DEFAULT_CALLER_LIMITS }: Pick<AdministrationContext, 'limits'>): CallerLimits {
  return limits;
}

/** Refuses one more where `count` are there already. The operator is not limited. */
export function checkLimit(
  context: Pick<AdministrationContext, 'limits'>,
  standing: Pick<ActorState, 'operator'>,
  name: LimitName,
  count: number,
): Outcome<undefined> {
  const limit = limitsOf(context)[name];
  return standing.operator || count < limit ? allow(undefined) : denyLimit(name, limit);
}

/** Refuses what would pass a limit. */
export function denyLimit(name: LimitName, limit: number): Outcome<never> {
  return deny('ERR_LIMIT', { detail: `the limit is reached: at most ${limit} (${name})`, members: { limit, name } });
}
