import { limits } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { plainTextIssue } from '../../denial/plain-text.js';
import { parseGrants } from '../../permission/grants.js';
import { parseKeyName } from '../../principal/key/key-name.js';
import { parseRanges } from '../../principal/key/ranges.js';
import { mintKeyId, mintKeyText } from '../../principal/key/text.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow, UserRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { endKeysOf } from '../users/end-keys.js';
import { type CreateKeyInput, checkNewKey, type PreparedKey } from './check-new-key.js';
import { continueIdentity } from './continue-identity.js';
import { isNameTaken } from './key-names.js';

export interface CreatedKey {
  readonly keyId: string;
  readonly name: string;
  readonly oid: string | undefined;
  readonly uid: string | undefined;
  /**
   * Complete text of the key. Show the text now, because it is not stored. Only the text of a readable ingestion key is
   * stored, encrypted.
   */
  readonly text: string;
  /** True if the key continues the identity of an earlier key with the same name. */
  readonly continued: boolean;
}

/**
 * Creates a key and returns its text.
 *
 * Refuses with `ERR_VALIDATION`, `ERR_NOT_FOUND`, `ERR_PERMISSION_MISSING`, `ERR_ESCALATION` or `ERR_NAME_TAKEN`. If a
 * revoked or expired key had the same name, the new key continues the identity of that key.
 *
 * @example
 * const owner = { kind: 'organization', oid } as const;
 * const outcome = await createKey(context, actor, { owner, name: 'vendor[segment]', permissions: ['dr.list'] });
 * if (outcome.allowed) console.log(outcome.value.text); // shown once
 */
export async function createKey(
  context: AdministrationContext,
  actor: Actor,
  input: CreateKeyInput,
): Promise<Outcome<CreatedKey>> {
  const prepared = await prepareKey(context, input);
  if (!prepared.allowed) return prepared;
  return commandBy(
    context,
    actor,
    (tx, actorState) => insertKey(tx, context, actorState, prepared.value),
    ({ keyId }) => ({ key_hash: keyId }),
  );
}

async function prepareKey(context: AdministrationContext, input: CreateKeyInput): Promise<Outcome<PreparedKey>> {
  const name = parseKeyName(input.name, context.unknownFlairs);
  if (!name.allowed) return name;
  const grants = parseGrants(input.permissions ?? [], context.catalogue);
  if (!grants.allowed) return grants;
  const ranges = parseRanges(input.ranges ?? []);
  if (!ranges.allowed) return ranges;
  const now = context.now();
  const issues = keyIssues(input, now);
  if (issues.length > 0) return deny('ERR_VALIDATION', { members: { issues } });
  const keyId = mintKeyId(context.random);
  const text = mintKeyText(input.format ?? context.keyFormat, keyId, context.random);
  const { owner } = input;
  const sealed = owner.kind === 'ingestion' && context.readableIngestionKeys;
  return allow({
    input,
    text,
    hash: await context.hashSecret(text),
    row: {
      keyId,
      kind: owner.kind,
      oid: owner.kind === 'user' ? null : owner.oid,
      uid: owner.kind === 'user' ? owner.uid : null,
      name: name.value.name,
      flairs: name.value.flairs,
      permissions: grants.value,
      ranges: ranges.value,
      description: input.description ?? null,
      createdAt: now,
      expiresAt: input.expiresAt ?? null,
      disabledAt: null,
      revokedAt: null,
      masked: owner.kind === 'ingestion' ? maskOf(text) : null,
      sealed: sealed ? context.store.material.seal(text, `ingestion:${keyId}`) : null,
      policy: null,
      honeytoken: input.honeytoken ?? false,
    },
  });
}

function keyIssues(input: CreateKeyInput, now: number): readonly { field: string; message: string }[] {
  const issues = [];
  const { expiresAt, description, permissions = [] } = input;
  if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt > now)) {
    issues.push({ field: 'expires', message: 'must be in the future' });
  }
  const described = plainTextIssue('description', description ?? '', limits.description);
  if (described !== undefined) issues.push(described);
  if (permissions.length > limits.grants)
    issues.push({ field: 'permissions', message: `must have at most ${limits.grants} entries` });
  if (permissions.length > 0 && input.owner.kind !== 'organization') {
    issues.push({ field: 'permissions', message: 'must be empty unless the key is an organization key' });
  }
  return issues;
}

/** Returns the first three and last two characters of a key: enough to recognize the key, too few to guess it. */
function maskOf(text: string): string {
  return `${text.slice(0, 3)}\u2026${text.slice(-2)}`;
}

async function insertKey(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  prepared: PreparedKey,
): Promise<Outcome<CreatedKey>> {
  const checked = await checkNewKey(tx, context, actorState, prepared);
  if (!checked.allowed) return checked;
  const row = { ...prepared.row, ...placed(prepared, checked.value.user) };
  if (row.kind === 'api-user' && row.uid !== null) await endKeysOf(tx, row.uid, context.now(), row.kind);
  else if (await isNameTaken(tx, row, context.now())) return deny('ERR_NAME_TAKEN', { members: { name: row.name } });
  const identity = await continueIdentity(tx, context, actorState, { key: row, power: checked.value.power });
  if (!identity.allowed) return identity;
  await tx.insert('key', {
    ...row,
    identity: identity.value.row.id,
    createdBy: actorState.identity ?? null,
    createdByName: actorState.name,
  });
  await tx.insert('secret', {
    tag: context.store.material.tag(prepared.text),
    keyId: row.keyId,
    hash: prepared.hash,
    createdAt: row.createdAt,
    endsAt: null,
    lastUsedAt: null,
  });
  tx.touch('key', row.keyId);
  await audit(tx, context, actorState, {
    oid: row.oid ?? checked.value.user?.oid ?? null,
    action: identity.value.continued ? 'key.recreate' : 'key.create',
    target: row.keyId,
    details: {
      name: row.name,
      kind: row.kind,
      permissions: row.permissions,
      secretContinued: identity.value.secretContinued,
    },
  });
  return allow({
    keyId: row.keyId,
    name: row.name,
    oid: row.oid ?? undefined,
    uid: row.uid ?? undefined,
    text: prepared.text,
    continued: identity.value.continued,
  });
}

/**
 * Returns the kind and the organization with which a key is stored. For a person's API-user key, the organization is
 * the only one where the key is valid. Other keys of users are stored without an organization.
 */
function placed({ row, input: { owner } }: PreparedKey, user: UserRow | undefined): Pick<KeyRow, 'kind' | 'oid'> {
  if (owner.kind !== 'user' || user === undefined) return row;
  if (user.type === 'api') return { kind: 'api-user', oid: null };
  return owner.oid === undefined ? row : { kind: 'api-user', oid: owner.oid };
}
