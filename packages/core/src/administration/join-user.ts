import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import { parseGrants } from '../permission/grants.js';
import type { MembershipRow, Role } from '../store/rows.js';
import { type Actor, readStanding, type Standing } from './actor.js';
import { audit } from './audit.js';
import { type AdministrationContext, command } from './context.js';
import { ownerGrants } from './create-organization.js';
import { mayMint } from './may-mint.js';
import { requireHeld } from './require.js';

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
  return command(context, async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const { uid, oid } = input;
    const judged = judge(context, standing.value, input, grants.value);
    if (!judged.allowed) return judged;
    if ((await tx.get('user', { uid })) === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such user' });
    if ((await tx.get('organization', { oid })) === undefined) {
      return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    }
    const before = await tx.get('membership', { uid, oid });
    const role = input.role ?? before?.role ?? 'member';
    const added = role === 'owner' ? ownerGrants(context) : [];
    const permissions = [...new Set([...(before?.permissions ?? []), ...grants.value, ...added])].sort();
    const row: MembershipRow = { uid, oid, role, permissions };
    if (before === undefined) await tx.insert('membership', row);
    else await tx.update('membership', { uid, oid }, { role, permissions });
    tx.touch('membership', `${uid}:${oid}`);
    await audit(tx, context, standing.value, { oid, action: 'user.join', target: uid, details: { role, permissions } });
    return allow(row);
  });
}

function judge(
  context: AdministrationContext,
  standing: Standing,
  { oid, role }: JoinUserInput,
  grants: readonly string[],
): Outcome<unknown> {
  const held = requireHeld(context, standing, oid, 'user.ctrl');
  if (!held.allowed || standing.operator) return held;
  const owner = role === 'owner';
  if (owner && held.value?.owner !== true) {
    return deny('ERR_ESCALATION', { members: { dimension: 'owner', beyond: ['owner'] } });
  }
  return mayMint(
    held.value,
    {
      oid,
      grants: owner ? ownerGrants(context) : grants,
      flairs: [],
      owner,
      narrowed: false,
      ranges: [],
      expiresAt: null,
    },
    context.catalogue,
  );
}
