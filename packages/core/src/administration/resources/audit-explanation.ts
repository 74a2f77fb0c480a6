import { timeOrderedId } from '../../store/ids.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { ExplainedCaller } from './explained-caller.js';

/** The caller and the resources that were explained, for the audit entry of an explanation. */
export interface ExplainedEntry {
  readonly oid: string;
  readonly caller: ExplainedCaller;
  /** Type of the explained resources. Also contains the id if only one resource was explained. */
  readonly details: { readonly type: string; readonly id?: string };
}

/**
 * Writes the audit entry of an explanation. Does not take the revision lock (the lock of all writes that change
 * rights), because an explanation changes no rights.
 */
export async function auditExplanation(
  { store, now, random }: AdministrationContext,
  { identity, name, address, reason }: ActorState,
  { oid, caller, details }: ExplainedEntry,
): Promise<void> {
  const at = now();
  await store.write((tx) =>
    tx.insert('audit', {
      id: timeOrderedId(at, 0, random),
      at,
      oid,
      actor: identity ?? null,
      actorName: name,
      action: 'access.explain',
      target: caller.keyId ?? caller.uid ?? '',
      address: address ?? null,
      outcome: 'done',
      details: { ...details, ...(reason === undefined ? {} : { reason }) },
    }),
  );
}
