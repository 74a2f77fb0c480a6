import { allow, type Outcome } from '../answer/denial.js';
import type { KeyRow, SecretRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import { type Actor, readStanding } from './actor.js';
import type { AdministrationContext } from './context.js';
import { type CursorScope, findPage, type Paged, type PageInput, showPage } from './cursor.js';
import { type SeenKeys, seeKeys } from './find-key.js';

/** A key as lists show it: never a secret, never a hash. */
export interface ListedKey {
  readonly key: KeyRow;
  readonly secrets: readonly Pick<SecretRow, 'createdAt' | 'lastUsedAt' | 'endsAt'>[];
}

export interface ListKeysInput extends PageInput {
  readonly oid: string;
  /** Default `organization`. */
  readonly kind?: 'organization' | 'ingestion';
}

/**
 * Lists the keys of an organization that are not revoked. A `segment` key sees only those it made.
 *
 * Needs `apikey.ctrl`, or `ingestkey.ctrl` for ingestion keys.
 */
export async function listKeys(
  context: AdministrationContext,
  actor: Actor,
  { oid, kind = 'organization', ...page }: ListKeysInput,
): Promise<Outcome<Paged<ListedKey>>> {
  return context.store.read(async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const seen = await seeKeys(tx, context, standing.value, { oid, kind });
    if (!seen.allowed) return seen;
    const scope = { list: `keys:${kind}:${oid}`, reader: standing.value.identity ?? '' };
    return pageOfKeys(context, tx, scope, seen.value, page);
  });
}

/** One page of the keys that an actor sees, with the times of their secrets. */
export async function pageOfKeys(
  { store }: AdministrationContext,
  tx: ReadTransaction,
  scope: CursorScope,
  { where }: SeenKeys,
  page: PageInput,
): Promise<Outcome<Paged<ListedKey>>> {
  const keys = await findPage(store, tx, scope, page, {
    table: 'key',
    where,
    placeOf: ({ keyId }) => keyId,
    after: (keyId) => ({ keyId }),
  });
  return keys.allowed ? allow(await showPage(keys.value, (key) => withSecrets(tx, key))) : keys;
}

/** Adds the times of its secrets to a key. */
async function withSecrets(tx: ReadTransaction, key: KeyRow): Promise<ListedKey> {
  const secrets = await tx.find('secret', { keyId: key.keyId });
  return {
    key,
    secrets: secrets
      .map(({ createdAt, lastUsedAt, endsAt }) => ({ createdAt, lastUsedAt, endsAt }))
      .sort((a, b) => a.createdAt - b.createdAt),
  };
}
