import type { ConsentRow, GroupChildRow, GroupMemberRow, GroupOrganizationRow } from '../../store/rows.js';
import { compareValues } from '../../store/values.js';
import type { BackedUpRow } from './format.js';

/**
 * Rows that are collected from an older backup. Consents (users' acceptances of organizations) are derived from these
 * rows.
 */
interface Gathered {
  readonly given: (readonly [uid: string, oid: string])[];
  readonly places: GroupMemberRow[];
  readonly attached: GroupOrganizationRow[];
  readonly nested: GroupChildRow[];
}

/**
 * Tables whose rows come later in a backup than all rows from which consents are derived. The derived consents are
 * yielded before the first row of these tables.
 */
const AFTER: ReadonlySet<string> = new Set(['ownership', 'ownershipType', 'intent', 'audit', 'replay']);

/**
 * Upgrades the rows of a backup that has a format before 3 and therefore contains no consents. A user who had rights in
 * an organization is treated as having accepted the organization, with all of these rights.
 *
 * Collects the rows from which consents are derived. Yields the consents after the policies, because this is their
 * place in a backup of the current format.
 */
export async function* fromFormat1<R>(rows: AsyncGenerator<BackedUpRow, R>): AsyncGenerator<BackedUpRow, R> {
  const gathered: Gathered = { given: [], places: [], attached: [], nested: [] };
  let isDone = false;
  let next = await rows.next();
  for (; !next.done; next = await rows.next()) {
    if (!isDone && AFTER.has(next.value.table)) {
      isDone = true;
      yield* consentsOf(gathered);
    }
    yield gather(gathered, next.value);
  }
  if (!isDone) yield* consentsOf(gathered);
  return next.value;
}

/** Collects a row if consents are derived from its table. Returns the row with the columns of the current format. */
function gather({ given, places, attached, nested }: Gathered, found: BackedUpRow): BackedUpRow {
  const { table, row } = found;
  if (table === 'user' && row.oid !== null) given.push([row.uid, row.oid]);
  if (table === 'groupOrganization') attached.push(row);
  if (table === 'groupChild') nested.push(row);
  if (table === 'groupOwner') return { table, row: { ...row, giver: null, address: null } };
  if (table === 'membership') {
    given.push([row.uid, row.oid]);
    return { table, row: { ...row, accepted: true } };
  }
  if (table !== 'groupMember') return found;
  places.push(row);
  return { table, row: { ...row, accepted: true, giver: null, address: null } };
}

function* consentsOf({ given, places, attached, nested }: Gathered): Generator<BackedUpRow> {
  const consents = new Map<string, ConsentRow>();
  const accept = (uid: string, oid: string) => void consents.set(`${uid} ${oid}`, { uid, oid, acceptedAt: 0 });
  for (const [uid, oid] of given) accept(uid, oid);
  for (const [uid, gids] of userGroups(places, nested)) {
    for (const { gid, oid } of attached) if (gids.has(gid)) accept(uid, oid);
  }
  const sorted = [...consents.values()].sort((a, b) => compareValues(a.uid, b.uid) || compareValues(a.oid, b.oid));
  for (const row of sorted) yield { table: 'consent', row };
}

/** Returns the groups that each user belongs to, directly or through nested groups. */
function userGroups(
  places: readonly GroupMemberRow[],
  nested: readonly GroupChildRow[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const above = new Map<string, string[]>();
  for (const { gid, child } of nested) above.set(child, [...(above.get(child) ?? []), gid]);
  const groups = new Map<string, Set<string>>();
  for (const { uid, gid } of places) groups.set(uid, (groups.get(uid) ?? new Set()).add(gid));
  // Iterating over a set also visits the elements added during the iteration.
  for (const gids of groups.values()) for (const gid of gids) for (const outer of above.get(gid) ?? []) gids.add(outer);
  return groups;
}
