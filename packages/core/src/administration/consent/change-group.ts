import type { SecurityTransaction } from '../../revision/security-write.js';
import type { GroupRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { hasAccepted } from './consent.js';

/** A change to a group, as recorded in the audit. */
export interface GroupAuditEntry {
  readonly gid: string;
  /** Noun and verb, for example `group.member.add`. */
  readonly action: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Records a change to a group in the group's log, and in the audit of every organization attached to the group. If the
 * change concerns one organization (`details.oid`), records it in the group's log and in the audit of this
 * organization, but in no other audit. No audit therefore reveals other organizations.
 */
export async function auditGroup(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { gid, ...entry }: GroupAuditEntry,
): Promise<void> {
  await audit(tx, context, actorState, { ...entry, oid: null, target: gid });
  const about = entry.details?.oid;
  for (const { oid } of await tx.find('groupOrganization', { gid })) {
    if (about !== undefined && about !== oid) continue;
    await audit(tx, context, await nameForOrganization(tx, actorState, oid), { ...entry, oid, target: gid });
  }
}

/** Increments a group's version, so that changes based on an earlier version are refused. */
export async function bumpGroup(tx: SecurityTransaction, { gid, version }: GroupRow): Promise<void> {
  await tx.update('group', { gid }, { version: version + 1 });
}

/**
 * Returns the actor in the form in which an organization's audit names it. If the actor is a user who has not accepted
 * the organization, the name of the user is replaced by the uid.
 */
async function nameForOrganization(tx: ReadTransaction, actorState: ActorState, oid: string): Promise<ActorState> {
  const { uid } = actorState;
  return uid === undefined || (await hasAccepted(tx, uid, oid)) ? actorState : { ...actorState, name: uid };
}
