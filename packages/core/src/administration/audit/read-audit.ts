import { allow, type Outcome } from '../../denial/denial.js';
import type { AuditRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { type CursorScope, closePage, openPage, type Paged, type PageInput } from '../command/cursor.js';
import { checkHeld, isSegmented } from '../escalation/check-held.js';
import { COMMAND_OUTCOMES } from './audit.js';
import { readAuditNames } from './audit-names.js';
import { type AuditFilter, findEntries, narrowBy } from './find-entries.js';

/** A page of audit entries, with the display names of the ids that the entries mention. */
export interface NamedAudit extends Paged<AuditRow> {
  /** Display names of keys, identities and users, by id. Names that the reader may not see are left out. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Returns a page of an organization's audit entries, newest first.
 *
 * Requires `audit.get`. A segmented key (`segment` flair) sees only its own commands. A segmented key sees no refused
 * requests, because these would reveal the existence of resources that the key cannot see.
 *
 * A cursor is valid only for requests with the same filter. `from` and `to` are compared with the time `at` of an
 * entry.
 *
 * Pages are stable: an entry that is written between two requests comes before the first page, so it does not shift the
 * later pages.
 *
 * @param input.oid Organization. Null selects entries that belong to no organization, which only the operator may read
 * @example
 * const outcome = await readAudit(context, actor, { oid, limit: 100 });
 * if (outcome.allowed) for (const { at, action } of outcome.value.entries) console.log(new Date(at), action);
 */
export async function readAudit(
  context: AdministrationContext,
  actor: Actor,
  { oid, limit, cursor, ...filter }: PageInput & AuditFilter & { readonly oid: string | null },
): Promise<Outcome<NamedAudit>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    // No organization has an empty id, so for a null `oid` only the operator passes this check.
    const held = checkHeld(context, actorState.value, oid ?? '', 'audit.get');
    if (!held.allowed) return held;
    const { identity = '' } = actorState.value;
    const wheres = isSegmented(held.value)
      ? COMMAND_OUTCOMES.map((outcome) => ({ oid, actor: identity, outcome }))
      : [{ oid }];
    const scope = { list: cursorListOf(oid, filter), reader: identity };
    const { from, to } = filter;
    const narrowed = { scope, wheres: await narrowBy(tx, wheres, filter), from, to };
    const page = await pageOf(context, tx, narrowed, { limit, cursor });
    if (!page.allowed) return page;
    const seesMembers =
      checkHeld(context, actorState.value, oid ?? '', 'user.ctrl').allowed && !isSegmented(held.value);
    const names = await readAuditNames(tx, page.value.entries, { oid: oid ?? '', seesMembers });
    return allow({ ...page.value, names });
  });
}

/**
 * Returns the name of the list for which a cursor is created. The name includes the filter, so the cursor is valid only
 * for requests with the same filter.
 */
function cursorListOf(oid: string | null, filter: AuditFilter): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return given.length === 0 ? `audit:${oid ?? ''}` : `audit:${oid ?? ''}:${JSON.stringify(given.sort())}`;
}

interface AuditList extends Pick<AuditFilter, 'from' | 'to'> {
  readonly scope: CursorScope;
  readonly wheres: readonly Partial<AuditRow>[];
}

/** Returns one page of the audit entries that match at least one condition in `wheres`. */
export async function pageOf(
  { store }: AdministrationContext,
  tx: ReadTransaction,
  { scope, wheres, from, to }: AuditList,
  page: PageInput,
): Promise<Outcome<Paged<AuditRow>>> {
  const opened = openPage(store, scope, page);
  if (!opened.allowed) return opened;
  const { limit, after } = opened.value;
  const rows = await findEntries(tx, { wheres, from, to, after, limit: limit + 1 });
  return allow(closePage(store, scope, { rows, limit }, ({ id }) => id));
}
