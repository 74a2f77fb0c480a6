import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { type Access, readAccessOfMany } from '../../principal/access.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { checkHeld, isWholeOwner } from './check-held.js';
import { checkNoEscalation } from './check-no-escalation.js';

/** A write, and the users whose access the write may change. */
export interface AffectingWrite<R> {
  readonly uids: Iterable<string>;
  readonly write: () => Promise<Outcome<R>>;
}

/**
 * Runs a write and checks its effect. If a user gains rights in an organization by the write, the actor must hold these
 * rights and `user.ctrl` in that organization.
 *
 * Compares each user's access before and after the write. This covers all ways to gain rights: memberships, groups,
 * policies, and combinations of them. A denial rolls the transaction back.
 */
export async function checkGains<R>(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { uids, write }: AffectingWrite<R>,
): Promise<Outcome<R>> {
  if (actorState.operator) return write();
  const affected = [...uids];
  const before = await readAccessOfMany(tx, affected);
  const outcome = await write();
  if (!outcome.allowed) return outcome;
  for (const [uid, accesses] of await readAccessOfMany(tx, affected)) {
    for (const [oid, access] of accesses) {
      const checked = checkGain(context, actorState, { oid, before: before.get(uid)?.get(oid), after: access });
      if (!checked.allowed) return checked;
    }
  }
  return outcome;
}

/**
 * Checks that the actor may give grants to a user. `grants` lists the grants by organization. In each organization, the
 * actor must hold `user.ctrl` and all grants that are listed for the organization.
 */
export function checkGrants(
  context: AdministrationContext,
  actorState: ActorState,
  grants: Iterable<readonly [oid: string, grants: Iterable<string>]>,
): Outcome<undefined> {
  const holdings = [...grants].map(([oid, granted]) => [oid, { grants: [...granted], owner: false }] as const);
  return checkHoldings(context, actorState, holdings);
}

/**
 * Checks that the actor may give access to a user who has no access so far. `holdings` lists the access to give, by
 * organization. In each of these organizations, the actor must hold `user.ctrl` and every right that the access
 * includes.
 */
export function checkHoldings(
  context: AdministrationContext,
  actorState: ActorState,
  holdings: Iterable<readonly [oid: string, access: Access]>,
): Outcome<undefined> {
  for (const [oid, access] of holdings) {
    const checked = checkGain(context, actorState, { oid, before: undefined, after: access });
    if (!checked.allowed) return checked;
  }
  return allow(undefined);
}

/** The access of a user in one organization, before and after a change. */
interface Gain {
  readonly oid: string;
  readonly before: Access | undefined;
  readonly after: Access;
}

function checkGain(
  context: AdministrationContext,
  actorState: ActorState,
  { oid, before, after }: Gain,
): Outcome<undefined> {
  const held = new Set(before?.grants);
  const grants = after.grants.filter((grant) => !held.has(grant));
  const owner = after.owner && before?.owner !== true;
  if (actorState.operator || (before !== undefined && grants.length === 0 && !owner)) return allow(undefined);
  const power = checkHeld(context, actorState, oid, 'user.ctrl');
  if (!power.allowed) return power;
  if (owner && !isWholeOwner(power.value)) return denyOwner();
  return checkNoEscalation(
    power.value,
    {
      oid,
      grants,
      // An owner may create keys with `root` and `bulk`, and `root` takes effect on the owner's existing keys too.
      flairs: owner ? ['bulk', 'root'] : [],
      owner,
      narrowed: false,
      ranges: [],
      expiresAt: null,
    },
    context.catalogue,
  );
}

/** Returns the denial for an action that only an owner may perform. */
export function denyOwner(): Outcome<never> {
  return deny('ERR_ESCALATION', {
    detail: 'only an owner of the organization can do this',
    members: { dimension: 'owner', beyond: ['owner'] },
  });
}
