import { allow, type Outcome } from '../../answer/denial.js';
import { deny } from '../../answer/denial-table.js';
import { SUSPENDED } from '../../principal/suspended.js';
import { operatorStanding } from '../actor.js';
import { audit } from '../audit.js';
import { type AdministrationContext, command } from '../context.js';

/** Takes keys again, after somebody looked through what a restore brought back. For the operator alone. */
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
    await audit(tx, context, operatorStanding(operator), { oid: null, action: 'database.confirm', target: '*' });
    return allow({ since: Number(suspended.value) });
  });
}
