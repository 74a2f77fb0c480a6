import type { AuditRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readIdentityNames, readUserNames } from '../command/identity-names.js';

/** Reader of audit entries. The rights of the reader decide which display names are returned. */
export interface NamesReader {
  /** Organization to which the audit entries belong. */
  readonly oid: string;
  /** True if the reader may see the e-mail addresses of members. This requires the permission `user.ctrl`. */
  readonly seesMembers: boolean;
}

/** Maximum number of ids per page for which display names are looked up. Ids beyond this number get no name. */
const MAX_IDS = 1000;

/** Number of levels of nested objects in the `details` of an entry that are searched for ids. */
const MAX_DETAIL_DEPTH = 3;

/** Matches the public id of a key, or the UUID of a user or an identity. */
const ID = /^(?:[0-9A-Za-z]{10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * Returns the display names of the keys, identities and users that audit entries mention, by id. Looks up at most
 * {@link MAX_IDS} ids.
 *
 * Omits names that belong to organizations other than the organization of the entries. Returns the e-mail address of a
 * user only if the user has accepted the organization. A reader who may not see members gets the e-mail address only if
 * an entry mentions an identity with which the user acted.
 */
export async function readAuditNames(
  tx: ReadTransaction,
  rows: readonly AuditRow[],
  { oid, seesMembers }: NamesReader,
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(rows.flatMap(idsOf))].slice(0, MAX_IDS);
  const keyIds = ids.filter((id) => !id.includes('-'));
  const uuids = ids.filter((id) => id.includes('-'));
  const names = new Map(await readIdentityNames(tx, oid, uuids));
  const keys = keyIds.length === 0 ? [] : await tx.findIn('key', 'keyId', keyIds);
  const owners = keys.flatMap(({ uid }) => uid ?? []);
  const users = await readUserNames(tx, oid, [...uuids, ...owners]);
  for (const { keyId, oid: place, uid, name } of keys) {
    const isOwn = place === oid || (place === null && users.get(uid ?? '')?.user.oid === oid);
    if (isOwn) names.set(keyId, name);
  }
  for (const uid of uuids) {
    const known = users.get(uid);
    if (known !== undefined && (seesMembers || known.user.oid === oid)) names.set(uid, known.name);
  }
  return names;
}

/**
 * Returns the display names of the ids that one audit entry mentions. `names` contains the display names for a whole
 * page of entries.
 *
 * @example
 * const outcome = await readAudit(context, actor, { oid });
 * if (outcome.allowed) for (const row of outcome.value.entries) console.log(namesIn(row, outcome.value.names));
 */
export function namesIn(row: AuditRow, names: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const known = idsOf(row).flatMap((id) => {
    const name = names.get(id);
    return name === undefined ? [] : [[id, name] as const];
  });
  return Object.fromEntries(known);
}

/**
 * Properties of an entry's `details` whose values are looked up as ids. The values of other properties are not looked
 * up, because a caller may choose them: the caller could write any id there to read the name that belongs to the id.
 */
const ID_PROPERTIES: ReadonlySet<string> = new Set(['uid', 'from', 'to', 'identity', 'holder']);

/**
 * Matches actions whose target is chosen by a caller: the name of a policy, or the id of a resource. Such a target is
 * not looked up as an id.
 */
const CHOSEN_TARGETS = /^(?:policy|ownership)\./;

function idsOf({ action, target, details }: AuditRow): readonly string[] {
  const targets = CHOSEN_TARGETS.test(action) ? [] : [target];
  return [...targets, ...textsIn(details, MAX_DETAIL_DEPTH)].filter((text) => ID.test(text));
}

function textsIn(details: object, depth: number): readonly string[] {
  return Object.entries(details).flatMap(([property, value]) => {
    if (typeof value === 'string') return ID_PROPERTIES.has(property) ? [value] : [];
    return typeof value === 'object' && value !== null && depth > 1 ? textsIn(value, depth - 1) : [];
  });
}
