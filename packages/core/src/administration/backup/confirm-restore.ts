import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { SUSPENDED } from '../../principal/key/suspended.js';
import { audit } from '../audit/audit.js';
import { operatorState } from '../command/actor.js';
import { type AdministrationContext, command } from '../command/context.js';

/**
 * Confirms a restore: the keys that the restore suspended are accepted again. Only the operator may confirm a restore.
 * The operator must first check that the restore has not made a revoked key valid again.
 *
 * @example
 * const outcome = await confirmRestore(context, 'operator');
 */
export function confirmRestore(
  context: AdministrationContext,
  operator: string,
): Promise<Outcome<{ readonly since: number }>> {
  return command(context, async (tx) => {
    const suspended = await tx.get('setting', SUSPENDED);
    if (suspended === undefined)
      return deny('ERR_NOT_FOUND', { detail: 'no key is suspended: there is nothing to confirm' });
    await tx.remove('setting', SUSPENDED);
    tx.touch('all', '*');
    await audit(tx, context, operatorState(operator), { oid: null, action: 'database.confirm', target: '*' });
    return allow({ since: Number(suspended.value) });
  });
}
