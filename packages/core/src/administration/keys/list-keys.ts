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

/** A key as shown in lists, with the times of its secrets. Contains no secret and no hash. */
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
   * True to list the revoked keys, false to list those that are not revoked.
   *
   * @default false
   */
  readonly isRevoked?: boolean | undefined;
  /**
   * Property by which the keys are sorted. If it is set, one page is returned, with at most {@link MAX_PAGE} keys if no
   * limit is given. Sorted by `expires`, keys that never expire are treated as expiring last. Cannot be combined with
   * `isRevoked`.
   *
   * @default the order of the ids
   */
  readonly sortBy?: 'created' | 'expires' | 'name' | undefined;
  /**
   * True for the reverse order.
   *
   * @default false
   */
  readonly descending?: boolean | undefined;
  /**
   * Only keys that were not used in the last this many days, 1 to 3650. Keys that were never used are among them.
   *
   * @default all keys
   */
  readonly unusedDays?: number | undefined;
}

/** Maximum of `unusedDays`. */
const MAX_UNUSED_DAYS = 3650;

type KeySortField = NonNullable<ListKeysInput['sortBy']>;

/**
 * Lists an organization's keys that are not revoked or, with `isRevoked`, those that are revoked. A segmented actor
 * (`segment` flair) sees only keys it created. With `unusedDays`, a page may contain fewer keys than its limit.
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
  /** End of the name of the list, to which its cursors belong. */
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

/** Returns the keys of a page that were not used since then, so the result may contain fewer keys than the page. */
function unusedOf({ entries, ...page }: Paged<ListedKey>, since: number): Paged<ListedKey> {
  const isUnused = ({ secrets }: ListedKey) => secrets.every(({ lastUsedAt }) => (lastUsedAt ?? 0) < since);
  return { ...page, entries: entries.filter(isUnused) };
}

/** Reads one page of all keys and returns the revoked ones, so the result may contain fewer keys than the limit. */
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

/** Returns one page of the keys an actor can see, with the times of their secrets. */
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
 * Returns one page of keys that are sorted by a property other than the id. Reads every key that the actor can see, as
 * a list without a limit does, but reads secrets only for the keys on the page.
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
    // Other requests run in between.
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

/** Position of a key in an ordered list. The id decides between equal values. */
type KeyPosition = readonly [value: string | number, keyId: string];

function placeIn(sortBy: KeySortField, { name, createdAt, expiresAt, keyId }: KeyRow): KeyPosition {
  if (sortBy === 'name') return [name, keyId];
  return [sortBy === 'created' ? createdAt : (expiresAt ?? Number.MAX_SAFE_INTEGER), keyId];
}

function comparePlaces(a: KeyPosition, b: KeyPosition): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] < b[1] ? -1 : Number(a[1] > b[1]);
}

/** Adds to each key the times of its secrets. */
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
