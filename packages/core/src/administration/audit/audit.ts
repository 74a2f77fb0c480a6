import type { SecurityTransaction } from '../../revision/security-write.js';
import { timeOrderedId } from '../../store/ids.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';

/** Outcomes that the audit records for a command. The entry of a refused request has the outcome `refused` instead. */
export const COMMAND_OUTCOMES = ['done', 'not-done'] as const;

/** A command, as recorded in the audit. */
export interface AuditEntry {
  readonly oid: string | null;
  /** Noun and verb, for example `key.create`. */
  readonly action: string;
  /** Public id of the changed object. Never a secret. */
  readonly target: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /**
   * Outcome of the command. `not-done` means that an earlier entry announced the action, and that the action then
   * failed.
   *
   * @default 'done'
   */
  readonly outcome?: (typeof COMMAND_OUTCOMES)[number];
}

/** Writes an audit entry in the transaction of the command that the entry records. */
export async function audit(
  tx: Pick<SecurityTransaction, 'insert' | 'revision'>,
  context: Pick<AdministrationContext, 'now' | 'random'>,
  actorState: ActorState,
  entry: AuditEntry,
): Promise<void> {
  const at = context.now();
  await tx.insert('audit', {
    id: timeOrderedId(at, tx.revision, context.random),
    at,
    oid: entry.oid,
    actor: actorState.identity ?? null,
    actorName: actorState.name,
    action: entry.action,
    target: entry.target,
    address: actorState.address ?? null,
    outcome: entry.outcome ?? 'done',
    details: { ...entry.details, ...(actorState.reason === undefined ? {} : { reason: actorState.reason }) },
  });
}
