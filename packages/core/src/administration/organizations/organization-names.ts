import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { checkLabel } from '../command/label.js';
import { requireOwnName } from '../command/own-name.js';

/**
 * Refuses with `ERR_NAME_TAKEN` if names must be unique (option `uniqueOrganizationNames`) and an organization already
 * has the name.
 *
 * A command that stores the name must call this function in its security write (the transaction that changes rights).
 * Security writes run one at a time, so of two concurrent commands with the same name, the second is refused.
 */
export async function checkNameFree(
  tx: ReadTransaction,
  { uniqueOrganizationNames }: AdministrationContext,
  name: string,
): Promise<Outcome<undefined>> {
  if (uniqueOrganizationNames !== true) return allow(undefined);
  const [taken] = await tx.find('organization', { name }, { limit: 1 });
  return taken === undefined ? allow(undefined) : deny('ERR_NAME_TAKEN', { members: { name } });
}

/**
 * Returns whether an organization can be created with this name. The actor must be a user who acts in their own name,
 * or the operator.
 *
 * If names must be unique, the result reveals whether an organization with the name exists, so limit the request rate.
 *
 * @example
 * const outcome = await checkOrganizationName(context, actor, { name: 'Acme' });
 * if (outcome.allowed) console.log(outcome.value.available);
 */
export async function checkOrganizationName(
  context: AdministrationContext,
  actor: Actor,
  { name: given }: { readonly name: string },
): Promise<Outcome<{ readonly available: boolean }>> {
  const name = checkLabel('name', given);
  if (!name.allowed) return name;
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const own = requireOwnName(actorState.value, 'create an organization');
    if (!own.allowed) return own;
    return allow({ available: (await checkNameFree(tx, context, name.value)).allowed });
  });
}
