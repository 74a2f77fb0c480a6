import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { MembershipRow } from '../../store/rows.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { hasAccepted } from '../consent/consent.js';
import { joinByOperator } from '../consent/drop-invalid-offers.js';
import { readDeclinedUntil, writeOffer } from '../consent/offers.js';
import { checkGains, checkHoldings } from '../escalation/check-gain.js';
import { readPolicyGrants } from '../escalation/group-reach.js';

/** A membership before and after a change. */
export interface ChangedMembership {
  readonly before: MembershipRow | undefined;
  readonly row: Omit<MembershipRow, 'accepted'>;
  /**
   * E-mail address, if the actor identified the user by e-mail address. Undefined if the actor identified the user by
   * uid.
   */
  readonly address: string | undefined;
}

/**
 * Writes a membership. The actor must hold all rights that the user gains or is offered.
 *
 * If the user has not accepted the organization, the membership is only offered, so the rights of the user's
 * credentials do not change. A membership that the operator writes is accepted immediately.
 */
export async function writeMembership(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  changed: ChangedMembership,
): Promise<Outcome<MembershipRow>> {
  const { uid, oid } = changed.row;
  if (actorState.operator) await joinByOperator(tx, context, actorState, { uid, oid });
  const row = { ...changed.row, accepted: await hasAccepted(tx, uid, oid) };
  if (!row.accepted) return offerMembership(tx, context, actorState, { ...changed, row });
  return checkGains(tx, context, actorState, {
    uids: [uid],
    write: async () => {
      await writeRow(tx, row);
      tx.touch('membership', `${uid}:${oid}`);
      return allow(row);
    },
  });
}

async function offerMembership(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { before, row, address }: ChangedMembership & { readonly row: MembershipRow },
): Promise<Outcome<MembershipRow>> {
  const { uid, oid } = row;
  const held = new Set(before?.permissions);
  const grants = row.permissions.filter((grant) => !held.has(grant));
  const owner = row.role === 'owner' && before?.role !== 'owner';
  const opened = await readPolicyGrants(tx, uid, oid);
  const checked = checkHoldings(context, actorState, [[oid, { grants: [...grants, ...opened], owner }]]);
  if (!checked.allowed) return checked;
  const until = await readDeclinedUntil(tx, row, context.now());
  if (until !== undefined) return denyDeclined(until);
  await writeRow(tx, row);
  const offered = await writeOffer(tx, context, actorState, {
    oid,
    uid,
    via: '',
    role: owner ? 'owner' : 'member',
    permissions: grants,
    address: address ?? null,
  });
  return offered.allowed ? allow(row) : offered;
}

async function writeRow(tx: SecurityTransaction, row: MembershipRow): Promise<void> {
  const { uid, oid, ...state } = row;
  if (!(await tx.update('membership', { uid, oid }, state))) await tx.insert('membership', row);
}

function denyDeclined(until: number): Outcome<never> {
  const day = new Date(until).toISOString();
  return denyIssues([
    { field: 'email', message: `must not be a user who declined; the organization can offer again from ${day} on` },
  ]);
}
