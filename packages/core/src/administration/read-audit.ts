import { allow, type Outcome } from '../answer/denial.js';
import type { AuditRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import { type Actor, readStanding } from './actor.js';
import type { AdministrationContext } from './context.js';
import { type CursorScope, closePage, openPage, type Paged, type PageInput } from './cursor.js';
import { isSegmented, requireHeld } from './require.js';

/**
 * Reads the audit of an organization, newest first. Needs `audit.get`; a segmented key sees what it did itself.
 *
 * Pages hold their place: what is written meanwhile comes before the first page, and moves nothing.
 */
export async function readAudit(
  context: AdministrationContext,
  actor: Actor,
  { oid, ...page }: PageInput & { readonly oid: string },
): Promise<Outcome<Paged<AuditRow>>> {
  return context.store.read(async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const held = requireHeld(context, standing.value, oid, 'audit.get');
    if (!held.allowed) return held;
    const { identity = '' } = standing.value;
    const where = isSegmented(held.value) ? { oid, actor: identity } : { oid };
    return pageOf(context, tx, { list: `audit:${oid}`, reader: identity }, where, page);
  });
}

/** One page of the audit rows that match. */
export async function pageOf(
  { store }: AdministrationContext,
  tx: ReadTransaction,
  scope: CursorScope,
  where: Partial<AuditRow>,
  page: PageInput,
): Promise<Outcome<Paged<AuditRow>>> {
  const opened = openPage(store, scope, page);
  if (!opened.allowed) return opened;
  const { limit, after } = opened.value;
  const place = after === undefined ? {} : { after: { id: after } };
  const rows = await tx.find('audit', where, { limit: limit + 1, descending: true, ...place });
  return allow(closePage(store, scope, limit, rows, ({ id }) => id));
}
