import { createHash } from 'node:crypto';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import type { Store } from '../../store/store.js';
import { type IdNamespace, isSegmentedCaller } from './id-namespace.js';

/** A page of the ids that a caller may know of, in byte order. */
export interface OwnedPage {
  readonly ids: readonly string[];
  /** Cursor for the next page. Absent on the last page. */
  readonly cursor?: string;
}

/** The requested page. A cursor is valid only for the caller and the `query` that the cursor was created for. */
export interface OwnedPageInput {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Identifies the list that the caller requested, for example by the name of the route. */
  readonly query: string;
}

/**
 * Lists ids from the stored ownership, in one index scan. The cost does not depend on the resources of other callers.
 *
 * Returns undefined if the cursor was not created for this caller and query.
 */
export async function ownedPage(
  store: Store,
  space: IdNamespace,
  caller: OrganizationCaller,
  { limit, cursor, query }: OwnedPageInput,
): Promise<OwnedPage | undefined> {
  const { oid, type } = space;
  const context = guardCursorContext(space, caller, query);
  const after = cursor === undefined ? '' : openCursor(store, cursor, context);
  if (after === undefined) return undefined;
  const mine = isSegmentedCaller(caller) ? { createdBy: caller.identity } : {};
  const where = { oid, type, organization: caller.oid, ...mine };
  const page = after === '' ? { limit: limit + 1 } : { limit: limit + 1, after: { oid, type, id: after } };
  const rows = await store.read((tx) => tx.find('ownership', where, page));
  const ids = rows.slice(0, limit).map((row) => row.id);
  const last = ids.at(-1);
  if (rows.length <= limit || last === undefined) return { ids };
  return { ids, cursor: store.material.seal(last, context) };
}

function openCursor(store: Store, cursor: string, context: string): string | undefined {
  try {
    return store.material.open(cursor, context).toString('utf8');
  } catch {
    return undefined;
  }
}

function guardCursorContext({ oid, type }: IdNamespace, caller: OrganizationCaller, query: string): string {
  const asked = createHash('sha256').update(query).digest('base64url');
  return `guard-cursor:${JSON.stringify([oid, type, caller.oid, caller.identity, isSegmentedCaller(caller), asked])}`;
}
