import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import type { Millis } from '../../store/columns.js';
import { timeOrderedId } from '../../store/ids.js';
import type { WriteTransaction } from '../../store/transaction.js';
import type { Actor } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';

/** Which entries of the audit are removed. */
export interface PruneAuditInput {
  /** Entries older than this go; 1 to 36,500. */
  readonly olderThanDays: number;
  /** Of this organization alone. Absent: of all, and what is of none. */
  readonly oid?: string | undefined;
}

/** What was removed. */
export interface PrunedAudit {
  readonly removed: number;
  /** Milliseconds since 1970: entries from then on are kept. */
  readonly before: Millis;
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;

/** Entries removed in one transaction, so that nobody who writes waits for long. */
const ROWS_AT_ONCE = 200;

/**
 * Removes the oldest entries of the audit. The operator's to do; nothing else ever removes one.
 *
 * Goes from the oldest on, in small transactions without the revision lock, and stops at the first entry that is
 * young enough. Each of them also writes down what was removed so far, as `audit.prune`, so that one that is cut off
 * leaves no gap that nobody knows of.
 */
export async function pruneAudit(
  context: AdministrationContext,
  actor: Actor,
  { olderThanDays, oid }: PruneAuditInput,
): Promise<Outcome<PrunedAudit>> {
  if (actor.kind !== 'operator') {
    return deny('ERR_ESCALATION', {
      detail: "only the operator's command line prunes the audit",
      members: { dimension: 'organizations', beyond: [] },
    });
  }
  if (!Number.isInteger(olderThanDays) || olderThanDays < 1 || olderThanDays > MAX_DAYS) {
    return denyIssues([{ field: 'olderThanDays', message: `whole number from 1 to ${MAX_DAYS}` }]);
  }
  const entry = entryOf(context, actor.name, oid);
  const before = entry.at - olderThanDays * DAY_MS;
  let removed = 0;
  for (;;) {
    const count = await context.store.write(async (tx) => {
      const gone = await removeOldest(tx, before, oid);
      const details = { olderThanDays, before: Math.floor(before / 1000), removed: removed + gone };
      if (removed > 0) await tx.update('audit', { id: entry.id }, { details });
      else if (gone > 0) await tx.insert('audit', { ...entry, details });
      return gone;
    });
    removed += count;
    if (count < ROWS_AT_ONCE) return allow({ removed, before });
  }
}

/** What is written down, but for how many there were. */
function entryOf({ now, random }: AdministrationContext, actorName: string, oid: string | undefined) {
  const at = now();
  return {
    id: timeOrderedId(at, 0, random),
    at,
    oid: oid ?? null,
    actor: null,
    actorName,
    action: 'audit.prune',
    target: oid ?? '*',
    address: null,
    outcome: 'done',
  };
}

async function removeOldest(tx: WriteTransaction, before: Millis, oid: string | undefined): Promise<number> {
  const oldest = await tx.find('audit', oid === undefined ? {} : { oid }, { limit: ROWS_AT_ONCE });
  const young = oldest.findIndex(({ at }) => at >= before);
  let count = 0;
  for (const { id } of young < 0 ? oldest : oldest.slice(0, young)) count += await tx.remove('audit', { id });
  return count;
}
