import type { SecurityTransaction } from '../../revision/security-write.js';
import { timeOrderedId } from '../../store/ids.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';

/** How a command may have ended. A request that was refused has the outcome `refused`. */
export const COMMAND_OUTCOMES = ['done', 'not-done'] as const;

/** What is written down of a command. */
export interface AuditEntry {
  readonly oid: string | null;
  /** Noun and verb: `key.create`. */
  readonly action: string;
  /** Public id of what was changed. Never a secret. */
  readonly target: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Writes who did what, in the transaction that does it.
 *
 * `not-done`: what an earlier entry announced did not come about.
 */
export async function audit(
  tx: Pick<SecurityTransaction, 'insert' | 'revision'>,
  context: Pick<AdministrationContext, 'now' | 'random'>,
  standing: ActorState,
  entry: AuditEntry,
  outcome: (typeof COMMAND_OUTCOMES)[number] = 'done',
): Promise<void> {
  const at = context.now();
  await tx.insert('audit', {
    id: timeOrderedId(at, tx.revision, context.random),
    at,
    oid: entry.oid,
    actor: standing.identity ?? null,
    actorName: standing.name,
    action: entry.action,
    target: entry.target,
    address: standing.address ?? null,
    outcome,
    details: { ...entry.details, ...(standing.reason === undefined ? {} : { reason: standing.reason }) },
  });
}
