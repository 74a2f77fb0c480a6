import type { SecurityTransaction } from '../../revision/security-write.js';
import type { GroupRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { hasAccepted } from '../consent/consent.js';

/** A change of a group as the audit records it. */
export interface GroupAuditEntry {
  readonly gid: string;
  /** Noun and verb, for example `group.member.add`. */
  readonly action: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Writes the change of a group into its own log and into the audit of every organization attached to it. A change that
 * names an organization is in the audit of that organization only: no audit tells of another organization.
 */
export async function auditGroup(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { gid, ...entry }: GroupAuditEntry,
): Promise<void> {
  await audit(tx, context, standing, { ...entry, oid: null, target: gid });
  const about = entry.details?.oid;
  for (const { oid } of await tx.find('groupOrganization', { gid })) {
    if (about !== undefined && about !== oid) continue;
    await audit(tx, context, await nameForOrganization(tx, standing, oid), { ...entry, oid, target: gid });
  }
}

/** Increments the version of a group, so that callers who have seen the version before are refused. */
export async function bumpGroup(tx: SecurityTransaction, { gid, version }: GroupRow): Promise<void> {
  await tx.update('group', { gid }, { version: version + 1 });
}

/** Returns the actor under its uid instead of its name, unless the user has accepted the organization. */
async function nameForOrganization(tx: ReadTransaction, standing: ActorState, oid: string): Promise<ActorState> {
  const { uid } = standing;
  return uid === undefined || (await hasAccepted(tx, uid, oid)) ? standing : { ...standing, name: uid };
}
