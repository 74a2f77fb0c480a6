import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import { parseGrants } from '../permission/grants.js';
import type { SecurityTransaction } from '../revision/security-write.js';
import type { MembershipRow, Role, UserRow } from '../store/rows.js';
import type { Actor, Standing } from './actor.js';
import { audit } from './audit.js';
import { type AdministrationContext, commandBy } from './context.js';
import { ownerGrants } from './create-organization.js';
import { judgeGains } from './judge-gain.js';
import { requireUserControl } from './require.js';

export interface JoinUserInput {
  readonly uid: string;
  readonly oid: string;
  /** Added to what the membership grants already. */
  readonly permissions: readonly string[];
  readonly role?: Role;
}

/** Makes a user a member of an organization, or widens the membership. Nobody grants what they do not hold. */
export async function joinUser(
  context: AdministrationContext,
  actor: Actor,
  input: JoinUserInput,
): Promise<Outcome<MembershipRow>> {
  const grants = parseGrants(input.permissions, context.catalogue);
  if (!grants.allowed) return grants;
  return commandBy(context, actor, async (tx, standing) => {
    const held = requireUserControl(context, standing, input.oid);
    if (!held.allowed) return held;
    const user = await tx.get('user', { uid: input.uid });
    if (user === undefined || !isJoinable(user, input.oid, standing)) {
      return deny('ERR_NOT_FOUND', { detail: 'no such user' });
    }
    if ((await tx.get('organization', { oid: input.oid })) === undefined) {
      return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    }
    return widenMembership(tx, context, standing, { ...input, permissions: grants.value });
  });
}

/** An API user belongs to one organization; only the operator takes one into another. */
export function isJoinable(user: UserRow, oid: string, standing: Standing): boolean {
  return standing.operator || user.type !== 'api' || user.oid === oid;
}

/** Adds to a membership, or makes it; never narrows one. Judged by what the user gains. */
export async function widenMembership(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: Standing,
  { uid, oid, permissions: added, role: wanted = 'member' }: JoinUserInput,
): Promise<Outcome<MembershipRow>> {
  return judgeGains(tx, context, standing, [uid], async () => {
    const before = await tx.get('membership', { uid, oid });
    const role = before?.role === 'owner' ? 'owner' : wanted;
    const all = [...(before?.permissions ?? []), ...added, ...(role === 'owner' ? ownerGrants(context) : [])];
    const permissions = [...new Set(all)].sort();
    const row: MembershipRow = { uid, oid, role, permissions };
    if (before === undefined) await tx.insert('membership', row);
    else await tx.update('membership', { uid, oid }, { role, permissions });
    tx.touch('membership', `${uid}:${oid}`);
    await audit(tx, context, standing, { oid, action: 'user.join', target: uid, details: { role, permissions } });
    return allow(row);
  });
}
