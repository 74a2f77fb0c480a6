import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import { integerIssues } from '../../options/integer.js';
import type { Millis } from '../../store/columns.js';
import { timeOrderedId } from '../../store/ids.js';
import type { WriteTransaction } from '../../store/transaction.js';
import type { Actor } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { DAY_MS } from '../command/day.js';

/** Selects the audit entries to remove. */
export interface PruneAuditInput {
  /** Maximum age of the entries that stay, in days: an integer from 1 to 36,500. Older entries are removed. */
  readonly olderThanDays: number;
  /**
   * Organization whose entries are removed.
   *
   * @default all organizations; entries that belong to no organization are removed too
   */
  readonly oid?: string | undefined;
}

/** Result of pruning the audit. */
export interface PrunedAudit {
  readonly removed: number;
  /** Time of the cutoff, in milliseconds since the Unix epoch. Older entries were removed. */
  readonly before: Millis;
}

const MAX_DAYS = 36_500;

/**
 * Maximum number of entries that one transaction removes. The number is small, so that other writers do not wait long.
 */
const ROWS_PER_PRUNE = 200;

/**
 * Removes the oldest audit entries. Only the operator may prune the audit, and no other command removes audit entries.
 *
 * Starts with the oldest entry and stops at the first entry that is not older than the given age. Uses small
 * transactions without the revision lock (the lock that every security write takes), so security writes are not
 * blocked. Each transaction also writes the number of entries removed so far to an `audit.prune` entry. The audit
 * therefore explains the missing entries even if the run is interrupted.
 *
 * @example
 * const outcome = await pruneAudit(context, actor, { olderThanDays: 400, oid });
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
  const issues = integerIssues('olderThanDays', olderThanDays, { least: 1, most: MAX_DAYS });
  if (issues.length > 0) return denyIssues(issues);
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
    if (count < ROWS_PER_PRUNE) return allow({ removed, before });
  }
}

/**
 * Returns the audit entry that records the pruning, without its details. The caller adds the details, such as the
 * number of removed entries.
 */
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
  const oldest = await tx.find('audit', oid === undefined ? {} : { oid }, { limit: ROWS_PER_PRUNE });
  const young = oldest.findIndex(({ at }) => at >= before);
  let count = 0;
  for (const { id } of young < 0 ? oldest : oldest.slice(0, young)) count += await tx.remove('audit', { id });
  return count;
}
