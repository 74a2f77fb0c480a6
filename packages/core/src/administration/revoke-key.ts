import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { KeyRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import { type Actor, readStanding, type Standing } from './actor.js';
import { audit } from './audit.js';
import { type AdministrationContext, command } from './context.js';
import { isSegmented, requireHeld } from './require.js';

/** Which key: by its public id, or by its name within a kind. */
export type KeyReference =
  | { readonly oid: string; readonly keyId: string }
  | { readonly oid: string; readonly kind: 'ingestion'; readonly name: string };

/**
 * Ends a key, at once and for good, and every token exchanged for it.
 *
 * Never stopped by `lock` or `segment` for holders of `apikey.ctrl` that are not segmented themselves: ending a
 * credential must always be possible. A segmented one finds only keys it made.
 */
export async function revokeKey(
  context: AdministrationContext,
  actor: Actor,
  reference: KeyReference,
): Promise<Outcome<{ readonly keyId: string }>> {
  return command(context, async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const key = await findKey(tx, context, standing.value, reference);
    if (!key.allowed) return key;
    const { keyId, name, oid } = key.value;
    await tx.update('key', { keyId }, { revokedAt: context.now() });
    tx.touch('key', keyId);
    await audit(tx, context, standing.value, { oid, action: 'key.revoke', target: keyId, details: { name } });
    return allow({ keyId });
  });
}

async function findKey(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: Standing,
  reference: KeyReference,
): Promise<Outcome<KeyRow>> {
  const { oid } = reference;
  const ingestion = 'kind' in reference;
  const held = requireHeld(context, standing, oid, ingestion ? 'ingestkey.ctrl' : 'apikey.ctrl');
  if (!held.allowed) return held;
  const key = ingestion ? await byName(tx, oid, reference.name) : await tx.get('key', { keyId: reference.keyId });
  const kind = ingestion ? 'ingestion' : 'organization';
  if (key === undefined || key.oid !== oid || key.kind !== kind || key.revokedAt !== null) return missing();
  if (isSegmented(held.value) && key.createdBy !== standing.identity) return missing();
  return allow(key);
}

async function byName(tx: ReadTransaction, oid: string, name: string): Promise<KeyRow | undefined> {
  const keys = await tx.find('key', { oid, kind: 'ingestion' });
  return keys.find((key) => key.name === name && key.revokedAt === null);
}

function missing(): Outcome<KeyRow> {
  return deny('ERR_NOT_FOUND', { detail: 'no such key' });
}
