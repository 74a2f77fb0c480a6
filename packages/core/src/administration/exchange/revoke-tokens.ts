import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import { checkHeld, isSegmented } from '../escalation/check-held.js';

/**
 * Revokes every token that is valid for an organization. Keys stay valid and can be exchanged for new tokens.
 *
 * Requires `apikey.ctrl`. Refuses segmented actors (`segment` flair). If a token is valid for several organizations, it
 * is revoked for all of them. The console sessions of every user of the organization are revoked too.
 *
 * @example
 * const outcome = await revokeTokens(context, actor, { oid });
 */
export async function revokeTokens(
  context: AdministrationContext,
  actor: Actor,
  { oid }: { readonly oid: string },
): Promise<Outcome<{ readonly oid: string }>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const held = checkHeld(context, actorState, oid, 'apikey.ctrl');
    if (!held.allowed) return held;
    if (isSegmented(held.value)) {
      return deny('ERR_ESCALATION', { members: { dimension: 'segment', beyond: ['segment'] } });
    }
    if ((await tx.get('organization', { oid })) === undefined) {
      return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    }
    tx.touch('org', oid);
    // Sessions of the console outlive their tokens, so they are compared with this revision.
    await tx.remove('tokenRevocation', { oid });
    await tx.insert('tokenRevocation', { oid, revision: tx.revision });
    await audit(tx, context, actorState, { oid, action: 'tokens.revoke', target: oid });
    return allow({ oid });
  });
}
