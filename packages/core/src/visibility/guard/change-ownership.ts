import type { IntentRow, OwnershipRow, OwnershipTypeRow } from '../../store/rows.js';
import type { WriteTransaction } from '../../store/transaction.js';
import type { Ownership } from '../ownership.js';
import { type IdNamespace, ownershipIn } from './id-namespace.js';
import { readOwnership } from './ownership-reader.js';

/**
 * State that all ownership changes in one transaction share. The counters of the resource type are written once, after
 * the last change.
 */
export interface OwnershipChange {
  readonly tx: WriteTransaction;
  readonly space: IdNamespace;
  /** Counters after the changes made so far. Each change replaces this object. */
  state: OwnershipTypeRow;
}

/**
 * Runs `work`, which changes ownership in one id namespace. No other transaction changes ownership in this namespace
 * while `work` runs.
 *
 * Every ownership change locks the row of the resource type first, so writers of one type run one after the other.
 */
export async function changeOwnership<R>(
  tx: WriteTransaction,
  space: IdNamespace,
  work: (change: OwnershipChange) => Promise<R>,
): Promise<R> {
  const { oid, type } = space;
  const before = await lockState(tx, space);
  const change = { tx, space, state: before };
  const value = await work(change);
  const { revision, secrets, intents, secretEnded, adoptedBy } = change.state;
  if (change.state !== before) {
    await tx.update('ownershipType', { oid, type }, { revision, secrets, intents, secretEnded, adoptedBy });
  }
  return value;
}

/**
 * Returns the row of the resource type. Creates the row if it is missing, because only an existing row can be locked.
 */
async function lockState(tx: WriteTransaction, space: IdNamespace): Promise<OwnershipTypeRow> {
  const { oid, type } = space;
  const found = await tx.get('ownershipType', { oid, type });
  if (found !== undefined) return found;
  const fresh = { oid, type, revision: 0, secrets: 0, intents: 0, secretEnded: 0, adoptedBy: null };
  try {
    await tx.insert('ownershipType', fresh);
    return fresh;
  } catch (error) {
    if (!isTaken(error)) throw error;
    return (await tx.get('ownershipType', { oid, type })) ?? fresh;
  }
}

/** True if an insert failed because the row exists. Recognizes the store's `UniqueError` by its name. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && error.name === 'UniqueError';
}

/**
 * Adds 1 to the number of changes, `secrets` to the number of secret resources, and `intents` to the number of intents
 * (pending writes). If `secretEnded` is true, records that this change removed a secret resource.
 */
export function countChange(
  change: OwnershipChange,
  { secrets = 0, intents = 0, secretEnded = false }: { secrets?: number; intents?: number; secretEnded?: boolean },
): void {
  const { state } = change;
  const revision = state.revision + 1;
  change.state = {
    ...state,
    revision,
    secrets: Math.max(0, state.secrets + secrets),
    intents: Math.max(0, state.intents + intents),
    secretEnded: secretEnded ? revision : state.secretEnded,
  };
}

/** Stores the ownership of a newly created resource. Removes the ownership of an earlier resource with the same id. */
export async function putOwnership(
  change: OwnershipChange,
  id: string,
  organization: string,
  ownership: Ownership,
): Promise<OwnershipRow> {
  await dropOwnership(change, id);
  const { tx, space, state } = change;
  const generation = state.revision + 1;
  const row = { oid: space.oid, type: space.type, id, organization, ...ownershipIn(ownership), generation };
  await tx.insert('ownership', row);
  countChange(change, { secrets: ownership.secretTo === null ? 0 : 1 });
  return row;
}

/** Removes the ownership of a resource that no longer exists. */
export async function dropOwnership(change: OwnershipChange, id: string): Promise<void> {
  const { tx, space } = change;
  const row = await readOwnership(tx, space, id);
  if (row === undefined) return;
  await tx.remove('ownership', { oid: space.oid, type: space.type, id });
  const secret = row.secretTo !== null;
  countChange(change, { secrets: secret ? -1 : 0, secretEnded: secret });
}

/**
 * Changes the holder of the lock. If no ownership of the resource is stored, stores an ownership that contains only the
 * lock.
 */
export async function setLock(
  change: OwnershipChange,
  id: string,
  organization: string,
  lockedBy: string | null,
): Promise<void> {
  const { tx, space } = change;
  const { oid, type } = space;
  const row = await readOwnership(tx, space, id);
  if (row === undefined) {
    await putOwnership(change, id, organization, { createdBy: null, lockedBy, secretTo: null });
  } else if (row.lockedBy !== lockedBy) {
    await tx.update('ownership', { oid, type, id }, { lockedBy });
    countChange(change, {});
  }
}

/**
 * Ends an intent (a pending write). The outcome is `lost` if the write was done after its lease had expired.
 *
 * If the lease was lost, another write may have changed the ownership in the meantime. The stored ownership is then
 * combined with the ownership of this write, which is the strictest result: a field is empty only if it is empty in
 * both.
 */
export async function endIntent(
  change: OwnershipChange,
  intent: IntentRow,
  outcome: 'done' | 'not-done' | 'lost',
): Promise<void> {
  if (outcome !== 'lost') await removeIntent(change, intent);
  if (outcome === 'done') await applyIntent(change, intent);
  if (outcome === 'lost' && intent.operation !== 'delete') await mergeOwnership(change, intent.id, intent);
}

/**
 * Ends an intent (a pending write) whose outcome is unknown. The outcome is derived from whether the resource exists
 * now.
 *
 * If the resource exists, an update counts as done. The update then takes the lock that it planned to take, so that the
 * stricter ownership applies. If the resource is missing, its ownership is removed.
 */
export async function endUnknownIntent(change: OwnershipChange, intent: IntentRow, isThere: boolean): Promise<void> {
  const isDone = isThere === (intent.operation !== 'delete');
  await endIntent(change, intent, isDone ? 'done' : 'not-done');
  if (!isThere) await dropOwnership(change, intent.id);
}

/**
 * Removes an intent if it is still stored. If the intent was strict (its pending ownership already applied), counts the
 * removal as an ownership change.
 */
export async function removeIntent(
  change: OwnershipChange,
  { oid, type, id, token, strict }: IntentRow,
): Promise<void> {
  const removed = await change.tx.remove('intent', { oid, type, id, token });
  if (removed > 0 && strict) countChange(change, { intents: -1 });
}

async function applyIntent(change: OwnershipChange, intent: IntentRow): Promise<void> {
  const { id, operation, organization, lockedBy } = intent;
  if (operation === 'create') await putOwnership(change, id, organization, intent);
  if (operation === 'delete') await dropOwnership(change, id);
  if (operation !== 'update' || lockedBy === null) return;
  const row = await readOwnership(change.tx, change.space, id);
  await setLock(change, id, organization, row?.lockedBy ?? lockedBy);
}

/** Fills the empty fields of the stored ownership with the given values. Returns the resulting row. */
export async function mergeOwnership(
  change: OwnershipChange,
  id: string,
  { organization, ...pending }: Ownership & { readonly organization: string },
): Promise<OwnershipRow> {
  const { tx, space } = change;
  const { oid, type } = space;
  const row = await readOwnership(tx, space, id);
  if (row === undefined) return putOwnership(change, id, organization, pending);
  const merged = {
    createdBy: row.createdBy ?? pending.createdBy,
    lockedBy: row.lockedBy ?? pending.lockedBy,
    secretTo: row.secretTo ?? pending.secretTo,
  };
  await tx.update('ownership', { oid, type, id }, merged);
  countChange(change, { secrets: row.secretTo === null && merged.secretTo !== null ? 1 : 0 });
  return { ...row, ...merged };
}
