import type { AuditRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readIdentityNames, readUserNames } from '../command/identity-names.js';

/** Reader of the entries, whose rights decide which names it may see. */
export interface NamesReader {
  /** Organization of the entries. */
  readonly oid: string;
  /** True if the reader may see the e-mail addresses of members, which needs `user.ctrl`. */
  readonly seesMembers: boolean;
}

/** Maximum number of ids that are looked up for one page. Further ids have no name. */
const MAX_IDS = 1000;

/** Levels of nested objects in the details in which ids are looked for. */
const MAX_DETAIL_DEPTH = 3;

/** Public id of a key, or UUID of a user or identity. */
const ID = /^(?:[0-9A-Za-z]{10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * Returns the display names of keys, identities and users that the entries mention, by id. At most
 * {@link MAX_IDS} ids are looked up.
 *
 * Names that belong to other organizations are left out. The e-mail address of a user is returned only if the user has accepted the
 * organization, and, unless the entry mentions an identity with which the user acted, only to a reader who may see
 * members.
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
 * Returns the names of the ids in one entry, out of those of a page.
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
 * Properties of details that contain ids. Other texts may be chosen by callers, who could look up any id by writing it
 * there.
 */
const ID_PROPERTIES: ReadonlySet<string> = new Set(['uid', 'from', 'to', 'identity', 'holder']);

/** Matches actions whose target is chosen by callers: the name of a policy, or the id of a resource. */
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
