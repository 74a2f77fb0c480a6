import { allow, type Outcome } from '../answer/denial.js';
import type { KeyRow, SecretRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import { type Actor, readStanding } from './actor.js';
import type { AdministrationContext } from './context.js';
import { isSegmented, requireHeld } from './require.js';

/** A key as lists show it: never a secret, never a hash. */
export interface ListedKey {
  readonly key: KeyRow;
  readonly secrets: readonly Pick<SecretRow, 'createdAt' | 'lastUsedAt' | 'endsAt'>[];
}

/**
 * Lists the keys of an organization that are not revoked. A `segment` key sees only those it made.
 *
 * Needs `apikey.ctrl`, or `ingestkey.ctrl` for ingestion keys.
 */
export async function listKeys(
  context: AdministrationContext,
  actor: Actor,
  { oid, kind = 'organization' }: { readonly oid: string; readonly kind?: 'organization' | 'ingestion' },
): Promise<Outcome<readonly ListedKey[]>> {
  return context.store.read(async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const permission = kind === 'ingestion' ? 'ingestkey.ctrl' : 'apikey.ctrl';
    const held = requireHeld(context, standing.value, oid, permission);
    if (!held.allowed) return held;
    const keys = (await tx.find('key', { oid, kind })).filter((key) => key.revokedAt === null);
    const seen = isSegmented(held.value) ? keys.filter((key) => key.createdBy === standing.value.identity) : keys;
    return allow(await Promise.all(seen.map((key) => withSecrets(tx, key))));
  });
}

/** Adds the times of its secrets to a key. */
export async function withSecrets(tx: ReadTransaction, key: KeyRow): Promise<ListedKey> {
  const secrets = await tx.find('secret', { keyId: key.keyId });
  return {
    key,
    secrets: secrets
      .map(({ createdAt, lastUsedAt, endsAt }) => ({ createdAt, lastUsedAt, endsAt }))
      .sort((a, b) => a.createdAt - b.createdAt),
  };
}
