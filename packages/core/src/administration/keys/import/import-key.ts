import { allow, type Denial, type Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { denyIssues } from '../../../denial/issue.js';
import { mintKeyId } from '../../../principal/key/text.js';
import type { SecurityTransaction } from '../../../revision/security-write.js';
import type { KeyRow } from '../../../store/rows.js';
import { audit } from '../../audit/audit.js';
import type { Actor } from '../../command/actor.js';
import type { ActorState } from '../../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../../command/context.js';
import { ORDINARY_KEY } from '../../command/ordinary-key.js';
import { endKeysOf } from '../../users/end-keys.js';
import { continueIdentity } from '../continue-identity.js';
import { isNameTaken } from '../key-names.js';
import { keepHmacKey } from './digests.js';
import { freePlace, type ImportHolder, insertUntagged, MAX_UNTAGGED, placeOfKey } from './imported-secrets.js';
import { type ImportKeyInput, type PreparedImport, type PreparedSecret, prepareImport } from './prepare-import.js';

/** An imported key. */
export interface ImportedKey {
  readonly keyId: string;
  readonly name: string;
  /** True if the key is valid everywhere immediately; false if it must first be exchanged for a token. */
  readonly isReady: boolean;
}

/**
 * Imports another system's key, from its text or from a hash of its text. Only the operator may do this.
 *
 * A key imported by its text is valid everywhere immediately. A key imported by a hash cannot be looked up by its text
 * at first. Therefore, the first use of that key must be a token exchange that also sends the `uid` or `oid` of the
 * key's owner. After this exchange, the key is valid everywhere.
 *
 * Rejects with `UnavailableError` if comparing the hash needs a library that is not installed.
 *
 * @example
 * const outcome = await importKey(context, actor, { uid, name: 'laptop', hash });
 */
export async function importKey(
  context: AdministrationContext,
  actor: Actor,
  input: ImportKeyInput,
): Promise<Outcome<ImportedKey>> {
  const prepared = await prepareImport(context, input);
  if (!prepared.allowed) return prepared;
  let tried: Outcome<ImportedKey> | undefined;
  const outcome = await commandBy(context, actor, async (tx, actorState) => {
    const imported = await insertImported(tx, context, actorState, { input, prepared: prepared.value });
    if (input.dryRun !== true || !imported.allowed) return imported;
    tried = imported;
    return DRY_RUN;
  });
  return tried ?? outcome;
}

/** Denial that makes a dry run's transaction roll back. This denial is never returned to the caller. */
const DRY_RUN: Denial = deny('ERR_VALIDATION', { reason: 'a dry run' });

interface Import {
  readonly input: ImportKeyInput;
  readonly prepared: PreparedImport;
}

async function insertImported(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { input, prepared: { row, secret } }: Import,
): Promise<Outcome<ImportedKey>> {
  if (!actorState.operator) return deny('ERR_ESCALATION', { members: { dimension: 'organizations', beyond: [] } });
  const owner = await findOwner(tx, input);
  if (!owner.allowed) return owner;
  const holder = { ...owner.value, name: row.name };
  const now = context.now();
  if (holder.kind === 'api-user' && holder.uid !== null) await endKeysOf(tx, holder.uid, now, holder.kind);
  else if (await isNameTaken(tx, holder, now)) return deny('ERR_NAME_TAKEN', { members: { name: holder.name } });
  const identity = await continueIdentity(tx, context, actorState, { key: holder, power: undefined });
  if (!identity.allowed) return identity;
  const keyId = mintKeyId(context.random);
  await tx.insert('key', {
    ...ORDINARY_KEY,
    createdBy: null,
    ...row,
    ...holder,
    keyId,
    identity: identity.value.row.id,
    createdByName: actorState.name,
    createdAt: now,
  });
  const stored = await insertSecret(tx, context, { keyId, secret, owner: holder });
  if (!stored.allowed) return stored;
  tx.touch('key', keyId);
  await audit(tx, context, actorState, {
    oid: holder.oid,
    action: 'key.import',
    target: keyId,
    details: { name: holder.name, from: secret.kind },
  });
  return allow({ keyId, name: holder.name, isReady: secret.kind === 'text' });
}

type Owner = Pick<KeyRow, 'kind' | 'oid' | 'uid'>;

async function findOwner(tx: SecurityTransaction, { uid, oid = '' }: ImportKeyInput): Promise<Outcome<Owner>> {
  if (uid === undefined) {
    const organization = await tx.get('organization', { oid });
    if (organization === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    return allow({ kind: 'organization', oid, uid: null });
  }
  const user = await tx.get('user', { uid });
  if (user === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such user' });
  return allow({ kind: user.type === 'api' ? 'api-user' : 'user', oid: null, uid });
}

interface NewSecret {
  readonly keyId: string;
  readonly secret: PreparedSecret;
  readonly owner: Owner;
}

async function insertSecret(
  tx: SecurityTransaction,
  context: AdministrationContext,
  { keyId, secret, owner: { uid, oid } }: NewSecret,
): Promise<Outcome<undefined>> {
  const holder: ImportHolder = uid === null ? { kind: 'organization', oid: oid ?? '' } : { kind: 'user', uid };
  const row = { keyId, hash: secret.hash, createdAt: context.now(), endsAt: null, lastUsedAt: null };
  if (secret.kind === 'hash') {
    const place = uid === null ? await freePlace(tx, oid ?? '', context.now()) : placeOfKey(keyId);
    if (place === undefined) return denyIssues([{ field: 'hash', message: NO_PLACE }]);
    await insertUntagged(tx, holder, { ...row, tag: place });
    return allow(undefined);
  }
  if ((await tx.get('secret', { tag: secret.tag })) !== undefined) {
    return denyIssues([{ field: secret.kind === 'text' ? 'text' : 'hash', message: 'is that of a key that exists' }]);
  }
  if (secret.kind === 'text') {
    await tx.insert('secret', { ...row, tag: secret.tag });
    return allow(undefined);
  }
  if (secret.hmacKey !== undefined && !(await keepHmacKey(tx, context.store, secret.hmacKey))) {
    return denyIssues([{ field: 'hmacKey', message: 'must be one of the four that were used before' }]);
  }
  await insertUntagged(tx, holder, { ...row, tag: secret.tag });
  return allow(undefined);
}

const NO_PLACE = `must wait until another hash of the organization was used: ${MAX_UNTAGGED} wait for their first use`;
