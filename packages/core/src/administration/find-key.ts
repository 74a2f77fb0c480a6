import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { KeyRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import type { Standing } from './actor.js';
import type { AdministrationContext } from './context.js';
import type { Power } from './power.js';
import { isSegmented, requireHeld } from './require.js';

/** Which key of an organization: by its public id, or an ingestion key by its name. */
export type KeyReference =
  | { readonly oid: string; readonly keyId: string }
  | { readonly oid: string; readonly kind: 'ingestion'; readonly name: string };

/** Finds a key that is not revoked, for an actor that may see it. A segmented one finds only keys it made. */
export async function findKey(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: Standing,
  reference: KeyReference,
): Promise<Outcome<{ readonly key: KeyRow; readonly power: Power | undefined }>> {
  const { oid } = reference;
  const ingestion = 'kind' in reference;
  const held = requireHeld(context, standing, oid, ingestion ? 'ingestkey.ctrl' : 'apikey.ctrl');
  if (!held.allowed) return held;
  const key = ingestion ? await byName(tx, oid, reference.name) : await tx.get('key', { keyId: reference.keyId });
  const kind = ingestion ? 'ingestion' : 'organization';
  const here = key !== undefined && key.oid === oid && key.kind === kind && key.revokedAt === null;
  if (!here || (isSegmented(held.value) && key.createdBy !== standing.identity)) {
    return deny('ERR_NOT_FOUND', { detail: 'no such key' });
  }
  return allow({ key, power: held.value });
}

async function byName(tx: ReadTransaction, oid: string, name: string): Promise<KeyRow | undefined> {
  const keys = await tx.find('key', { oid, kind: 'ingestion' });
  return keys.find((key) => key.name === name && key.revokedAt === null);
}
