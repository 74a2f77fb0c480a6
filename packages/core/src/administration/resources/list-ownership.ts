import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { IntentRow, OwnershipRow } from '../../store/rows.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { closePage, openPage, type Paged, type PageInput } from '../command/cursor.js';
import { isSegmented } from '../escalation/check-held.js';
import { type GuardedType, guardedSpace } from './ownership-space.js';

/** A page of ownership rows for one resource type, and the unfinished writes (intents) to resources of that type. */
export interface ListedOwnership extends Paged<OwnershipRow> {
  readonly intents: readonly IntentRow[];
}

/**
 * Lists the ownership of guarded resources of one type: for each resource, the identity that created the resource, the
 * identity that locked it, and the identity to which its content is secret. A segmented actor (`segment` flair) sees
 * only resources it created.
 *
 * @example
 * const outcome = await listOwnership(context, actor, { oid, type: 'rule', tenancy: 'routed', limit: 100 });
 */
export async function listOwnership(
  context: AdministrationContext,
  actor: Actor,
  { limit, cursor, ...given }: GuardedType & PageInput,
): Promise<Outcome<ListedOwnership>> {
  const { store } = context;
  const { oid: organization, type } = given;
  const space = guardedSpace(given);
  const reader = actor.kind === 'operator' ? '' : actor.principal.identity;
  const scope = { list: `ownership:${JSON.stringify([space.oid, type, organization])}`, reader };
  const page = openPage(store, scope, { limit, cursor });
  if (!page.allowed) return page;
  return store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const power = actorState.value.in(organization);
    if (!actorState.value.operator && power === undefined) return deny('ERR_NOT_FOUND');
    const { oid } = space;
    const segmented = isSegmented(power);
    const mine = segmented ? { createdBy: actorState.value.identity ?? '' } : {};
    const { after } = page.value;
    const from = after === undefined ? {} : { after: { oid, type, id: after } };
    const rows = await tx.find(
      'ownership',
      { oid, type, organization, ...mine },
      { ...from, limit: page.value.limit + 1 },
    );
    const intents = segmented ? [] : await tx.find('intent', { oid, type });
    return allow({
      ...closePage(store, scope, { rows, limit: page.value.limit }, (row) => row.id),
      intents: intents.filter((intent) => intent.organization === organization),
    });
  });
}
