import { allow, type Outcome } from '../../denial/denial.js';
import type { KeyRow, SecretRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { type CursorScope, findPage, type Paged, type PageInput, readList, showPage } from '../command/cursor.js';
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
}

/**
 * Lists an organization's keys that are not revoked or, with `isRevoked`, those that are revoked. A segmented actor
 * (`segment` flair) sees only keys it created.
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
  { oid, kind = 'organization', isRevoked = false, ...page }: ListKeysInput,
): Promise<Outcome<Paged<ListedKey>>> {
  return readList(page, (slice) =>
    context.store.read(async (tx) => {
      const actorState = await readActorState(tx, context.catalogue, actor, context.now());
      if (!actorState.allowed) return actorState;
      const seen = await seeKeys(tx, context, actorState.value, { oid, kind });
      if (!seen.allowed) return seen;
      const scope = {
        list: `${isRevoked ? 'revoked-' : ''}keys:${kind}:${oid}`,
        reader: actorState.value.identity ?? '',
      };
      return isRevoked
        ? pageOfRevoked(context, tx, { ...seen.value, scope }, slice)
        : pageOfKeys(context, tx, { ...seen.value, scope }, slice);
    }),
  );
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
