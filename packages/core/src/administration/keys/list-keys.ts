import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import { integerIssues } from '../../options/integer.js';
import type { KeyRow, SecretRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import {
  type CursorScope,
  closePage,
  findPage,
  MAX_PAGE,
  openPage,
  type Paged,
  type PageInput,
  readList,
  showPage,
} from '../command/cursor.js';
import { DAY_MS } from '../command/day.js';
import { groupBy } from '../command/group-by.js';
import { type SeenKeys, seeKeys } from './find-key.js';

/**
 * A key as shown in lists, and the times at which each of its secrets was created, was last used and expires. Contains
 * no secret and no hash.
 */
export interface ListedKey {
  readonly key: KeyRow;
  readonly secrets: readonly Pick<SecretRow, 'createdAt' | 'lastUsedAt' | 'endsAt'>[];
}

export interface ListKeysInput extends PageInput {
  readonly oid: string;
  /**
   * Kind of keys to list.
   *
   * @default 'organization'
   */
  readonly kind?: 'organization' | 'ingestion';
  /**
   * True to list the revoked keys, false to list the keys that are not revoked.
   *
   * @default false
   */
  readonly isRevoked?: boolean | undefined;
  /**
   * Property by which the keys are sorted. `sortBy` cannot be combined with `isRevoked`.
   *
   * With `sortBy` but without a limit, the result is one page of at most {@link MAX_PAGE} keys rather than the whole
   * list. If the keys are sorted by `expires`, keys that never expire are treated as expiring last.
   *
   * @default the order of the ids
   */
  readonly sortBy?: 'created' | 'expires' | 'name' | undefined;
  /**
   * True to reverse the order of `sortBy`. Ignored without `sortBy`.
   *
   * @default false
   */
  readonly descending?: boolean | undefined;
  /**
   * Number of days, 1 to 3650. Lists only keys that were not used during these last days, including keys that were
   * never used.
   *
   * @default all keys
   */
  readonly unusedDays?: number | undefined;
}

/** Maximum of `unusedDays`. */
const MAX_UNUSED_DAYS = 3650;

type KeySortField = NonNullable<ListKeysInput['sortBy']>;

/**
 * Lists an organization's keys that are not revoked. With `isRevoked`, lists the revoked keys instead. A segmented
 * actor (`segment` flair) sees only keys it created. With `unusedDays` or `isRevoked`, a page may contain fewer keys
 * than its limit.
 *
 * Requires `apikey.ctrl`, or `ingestkey.ctrl` for ingestion keys.
 *
 * @example
 * const first = await listKeys(context, actor, { oid, limit: 100 });
 * const cursor = first.allowed ? first.value.cursor : undefined;
 * const next = await listKeys(context, actor, { oid, limit: 100, cursor });
 */
export async function listKeys(
  context: AdministrationContext,
  actor: Actor,
  { unusedDays, ...input }: ListKeysInput,
): Promise<Outcome<Paged<ListedKey>>> {
  const issues = integerIssues('unusedDays', unusedDays ?? 1, { least: 1, most: MAX_UNUSED_DAYS });
  if (issues.length > 0) return denyIssues(issues);
  const unused = unusedDays === undefined ? '' : `:${unusedDays}`;
  const listed = await listKinds(context, actor, { ...input, unused });
  if (!listed.allowed || unusedDays === undefined) return listed;
  return allow(unusedOf(listed.value, context.now() - unusedDays * DAY_MS));
}

interface KindsInput extends Omit<ListKeysInput, 'unusedDays'> {
  /**
   * Suffix of the list's name: a colon and `unusedDays`, or empty. A cursor is valid only for the list with the same
   * name.
   */
  readonly unused: string;
}

async function listKinds(
  context: AdministrationContext,
  actor: Actor,
  { oid, kind = 'organization', isRevoked = false, sortBy, descending = false, unused, ...page }: KindsInput,
): Promise<Outcome<Paged<ListedKey>>> {
  if (sortBy !== undefined) {
    if (isRevoked) return denyIssues([{ field: 'sortBy', message: 'cannot be combined with revoked' }]);
    return sortedPage(context, actor, { oid, kind, sortBy, descending, ...page });
  }
  const list = `${isRevoked ? 'revoked-' : ''}keys:${kind}:${oid}${unused}`;
  return readList(page, (slice) =>
    context.store.read(async (tx) => {
      const actorState = await readActorState(tx, context.catalogue, actor, context.now());
      if (!actorState.allowed) return actorState;
      const seen = await seeKeys(tx, context, actorState.value, { oid, kind });
      if (!seen.allowed) return seen;
      const scope = { list, reader: actorState.value.identity ?? '' };
      return isRevoked
        ? pageOfRevoked(context, tx, { ...seen.value, scope }, slice)
        : pageOfKeys(context, tx, { ...seen.value, scope }, slice);
    }),
  );
}

/**
 * Returns the keys of a page that were never used, or were last used before `since`. The result may contain fewer keys
 * than the page.
 */
function unusedOf({ entries, ...page }: Paged<ListedKey>, since: number): Paged<ListedKey> {
  const isUnused = ({ secrets }: ListedKey) => secrets.every(({ lastUsedAt }) => (lastUsedAt ?? 0) < since);
  return { ...page, entries: entries.filter(isUnused) };
}

/**
 * Reads one page of keys, both revoked keys and others, and returns only the revoked keys. The result may contain fewer
 * keys than the limit.
 */
async function pageOfRevoked(
  context: AdministrationContext,
  tx: ReadTransaction,
  { scope, where }: PlacedKeys,
  page: PageInput,
): Promise<Outcome<Paged<ListedKey>>> {
  const { revokedAt: _valid, ...all } = where;
  const keys = await pageOfKeys(context, tx, { scope, where: all }, page);
  if (!keys.allowed) return keys;
  return allow({ ...keys.value, entries: keys.value.entries.filter(({ key }) => key.revokedAt !== null) });
}

type PlacedKeys = Pick<SeenKeys, 'where'> & { readonly scope: CursorScope };

/**
 * Returns one page of the keys that match `where`. With each key, returns the times at which its secrets were created,
 * were last used and expire.
 */
export async function pageOfKeys(
  { store }: AdministrationContext,
  tx: ReadTransaction,
  { scope, where }: PlacedKeys,
  page: PageInput,
): Promise<Outcome<Paged<ListedKey>>> {
  const keys = await findPage(store, tx, page, {
    scope,
    table: 'key',
    where,
    placeOf: ({ keyId }) => keyId,
    after: (keyId) => ({ keyId }),
  });
  return keys.allowed ? allow(await showPage(keys.value, (found) => withSecrets(tx, found))) : keys;
}

interface SortedPage extends PageInput {
  readonly oid: string;
  readonly kind: 'organization' | 'ingestion';
  readonly sortBy: KeySortField;
  readonly descending: boolean;
}

/**
 * Returns one page of keys, sorted by `sortBy`. To sort the keys, reads every key that the actor can see. Reads secrets
 * only for the keys on the page.
 */
async function sortedPage(
  context: AdministrationContext,
  actor: Actor,
  { oid, kind, sortBy, descending, ...page }: SortedPage,
): Promise<Outcome<Paged<ListedKey>>> {
  const { store } = context;
  const list = `keys:${kind}:${oid}:${sortBy}:${descending ? 'desc' : 'asc'}`;
  const seen = <T>(read: (tx: ReadTransaction, keys: PlacedKeys) => Promise<Outcome<T>>) =>
    store.read(async (tx) => {
      const actorState = await readActorState(tx, context.catalogue, actor, context.now());
      if (!actorState.allowed) return actorState;
      const keys = await seeKeys(tx, context, actorState.value, { oid, kind });
      if (!keys.allowed) return keys;
      return read(tx, { where: keys.value.where, scope: { list, reader: actorState.value.identity ?? '' } });
    });
  const opened = await seen(async (_tx, { scope }) => {
    const position = openPage(store, scope, page);
    return position.allowed ? allow({ ...position.value, scope }) : position;
  });
  if (!opened.allowed) return opened;
  const { limit, after, scope } = opened.value;
  const keys: KeyRow[] = [];
  for (let last: KeyRow | undefined; ; ) {
    const from = last === undefined ? {} : { after: { keyId: last.keyId } };
    const slice = await seen(async (tx, { where }) => allow(await tx.find('key', where, { limit: MAX_PAGE, ...from })));
    if (!slice.allowed) return slice;
    for (const key of slice.value) keys.push(key);
    last = slice.value.at(-1);
    if (slice.value.length < MAX_PAGE) break;
    // Lets other requests run before the next keys are read.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const placed = keys.map((key) => ({ key, place: placeIn(sortBy, key) }));
  const compare = (a: KeyPosition, b: KeyPosition) => comparePlaces(a, b) * (descending ? -1 : 1);
  const start: KeyPosition | undefined = after === undefined ? undefined : JSON.parse(after);
  const rows = placed
    .filter(({ place }) => start === undefined || compare(place, start) > 0)
    .sort((a, b) => compare(a.place, b.place));
  const closed = closePage(store, scope, { rows, limit }, ({ place }) => JSON.stringify(place));
  return seen(async (tx) =>
    allow(
      await showPage(closed, (found) =>
        withSecrets(
          tx,
          found.map(({ key }) => key),
        ),
      ),
    ),
  );
}

/**
 * Position of a key in a sorted list: the value of the property by which the list is sorted, and the key's id. Keys
 * with equal values are sorted by id.
 */
type KeyPosition = readonly [value: string | number, keyId: string];

function placeIn(sortBy: KeySortField, { name, createdAt, expiresAt, keyId }: KeyRow): KeyPosition {
  if (sortBy === 'name') return [name, keyId];
  return [sortBy === 'created' ? createdAt : (expiresAt ?? Number.MAX_SAFE_INTEGER), keyId];
}

function comparePlaces(a: KeyPosition, b: KeyPosition): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] < b[1] ? -1 : Number(a[1] > b[1]);
}

/** Adds to each key the times at which its secrets were created, were last used and expire. */
export async function withSecrets(tx: ReadTransaction, keys: readonly KeyRow[]): Promise<readonly ListedKey[]> {
  const ids = keys.map(({ keyId }) => keyId);
  const secrets = groupBy(await tx.findIn('secret', 'keyId', ids), ({ keyId }) => keyId);
  return keys.map((key) => ({
    key,
    secrets: (secrets.get(key.keyId) ?? [])
      .map(({ createdAt, lastUsedAt, endsAt }) => ({ createdAt, lastUsedAt, endsAt }))
      .sort((a, b) => a.createdAt - b.createdAt),
  }));
}
