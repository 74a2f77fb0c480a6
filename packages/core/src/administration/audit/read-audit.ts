import { allow, type Outcome } from '../../denial/denial.js';
import type { AuditRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { compareValues } from '../../store/values.js';
import { type Actor, readStanding } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { type CursorScope, closePage, openPage, type Paged, type PageInput } from '../command/cursor.js';
import { checkHeld, isSegmented } from '../escalation/check-held.js';
import { COMMAND_OUTCOMES } from './audit.js';

/**
 * Reads the audit of an organization, newest entry first.
 *
 * Needs `audit.get`. A segmented key sees its own commands, but no refusals, because a refusal for a hidden resource
 * differs from one for a missing resource.
 *
 * Pages are stable: entries written in the meantime come before the first page and do not shift any other page.
 *
 * @param input.oid Null reads the entries that belong to no organization, which only the operator can do.
 * @example
 * const outcome = await readAudit(context, actor, { oid, limit: 100 });
 * if (outcome.allowed) for (const { at, action } of outcome.value.entries) console.log(new Date(at), action);
 */
export async function readAudit(
  context: AdministrationContext,
  actor: Actor,
  { oid, ...page }: PageInput & { readonly oid: string | null },
): Promise<Outcome<Paged<AuditRow>>> {
  return context.store.read(async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    // No organization has the empty id, so only the operator passes this check for it.
    const held = checkHeld(context, standing.value, oid ?? '', 'audit.get');
    if (!held.allowed) return held;
    const { identity = '' } = standing.value;
    const wheres = isSegmented(held.value)
      ? COMMAND_OUTCOMES.map((outcome) => ({ oid, actor: identity, outcome }))
      : [{ oid }];
    const scope = { list: `audit:${oid ?? ''}`, reader: identity };
    return pageOf(context, tx, { scope, wheres }, page);
  });
}

/** Returns one page of the audit rows that match any of `wheres`. No row may match two of them. */
export async function pageOf(
  { store }: AdministrationContext,
  tx: ReadTransaction,
  { scope, wheres }: { readonly scope: CursorScope; readonly wheres: readonly Partial<AuditRow>[] },
  page: PageInput,
): Promise<Outcome<Paged<AuditRow>>> {
  const opened = openPage(store, scope, page);
  if (!opened.allowed) return opened;
  const { limit, after } = opened.value;
  const place = after === undefined ? {} : { after: { id: after } };
  const found: AuditRow[] = [];
  for (const where of wheres) {
    found.push(...(await tx.find('audit', where, { limit: limit + 1, descending: true, ...place })));
  }
  const rows = found.toSorted((a, b) => compareValues(b.id, a.id)).slice(0, limit + 1);
  return allow(closePage(store, scope, { rows, limit }, ({ id }) => id));
}
