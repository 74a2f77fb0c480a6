import { allow, type Denial, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { KeyRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import type { Standing } from './actor.js';
import type { AdministrationContext } from './context.js';
import type { Power } from './power.js';
import { isSegmented, requireHeld } from './require.js';

/** Which key: one of an organization by its public id, an ingestion key by its name, or one of a user. */
export type KeyReference =
  | { readonly oid: string; readonly keyId: string }
  | { readonly oid: string; readonly kind: 'ingestion'; readonly name: string }
  /** Found by the operator alone; users end their own keys with `revokeUserKey`. */
  | { readonly uid: string; readonly keyId: string };

/** A key, and what the actor holds in its organization. */
export interface ReferredKey {
  readonly key: KeyRow;
  readonly power: Power | undefined;
}

/** Finds a key that is not revoked, for an actor that may see it. A segmented one finds only keys it made. */
export async function findKey(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: Standing,
  reference: KeyReference,
): Promise<Outcome<ReferredKey>> {
  if ('uid' in reference) return findUserKey(tx, standing, reference);
  const { oid } = reference;
  const ingestion = 'kind' in reference;
  const held = requireHeld(context, standing, oid, ingestion ? 'ingestkey.ctrl' : 'apikey.ctrl');
  if (!held.allowed) return held;
  const key = ingestion ? await byName(tx, oid, reference.name) : await tx.get('key', { keyId: reference.keyId });
  const kind = ingestion ? 'ingestion' : 'organization';
  const here = key !== undefined && key.oid === oid && key.kind === kind && key.revokedAt === null;
  if (!here || (isSegmented(held.value) && key.createdBy !== standing.identity)) {
    return noSuchKey();
  }
  return allow({ key, power: held.value });
}

async function findUserKey(
  tx: ReadTransaction,
  standing: Standing,
  { uid, keyId }: { readonly uid: string; readonly keyId: string },
): Promise<Outcome<ReferredKey>> {
  const key = standing.operator ? await tx.get('key', { keyId }) : undefined;
  if (key === undefined || key.uid !== uid || key.revokedAt !== null) return noSuchKey();
  return allow({ key, power: undefined });
}

function noSuchKey(): Denial {
  return deny('ERR_NOT_FOUND', { detail: 'no such key' });
}

async function byName(tx: ReadTransaction, oid: string, name: string): Promise<KeyRow | undefined> {
  const keys = await tx.find('key', { oid, kind: 'ingestion' });
  return keys.find((key) => key.name === name && key.revokedAt === null);
}
