import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import { importHash } from '../../principal/key/hash/imported-hash.js';
import { parseKeyName } from '../../principal/key/key-name.js';
import { mintKeyId } from '../../principal/key/text.js';
import { audit } from '../audit/audit.js';
import { type Actor, readStanding } from '../command/actor.js';
import { type AdministrationContext, command } from '../command/context.js';
import { continueIdentity } from './continue-identity.js';
import { insertUntagged } from './imported-secrets.js';
import { isNameTaken } from './key-names.js';

export interface ImportKeyInput {
  /** The user who owned the key. A hash alone identifies no user and cannot be looked up. */
  readonly uid: string;
  readonly name: string;
  /** A `pbkdf2_sha256` hash as passlib or Django stores it. */
  readonly hash: string;
}

/**
 * Imports the hash of a user's key from another system. Only the operator can do this.
 *
 * Until its text is first seen, the key is valid only at the exchange, together with `uid`. From then on it is valid
 * everywhere.
 *
 * @example
 * const outcome = await importKey(context, actor, { uid, name: 'laptop', hash });
 */
export async function importKey(
  context: AdministrationContext,
  actor: Actor,
  input: ImportKeyInput,
): Promise<Outcome<{ readonly keyId: string }>> {
  const name = parseKeyName(input.name, context.unknownFlairs);
  if (!name.allowed) return name;
  const hash = importHash(input.hash);
  if (hash === undefined)
    return denyIssues([{ field: 'hash', message: 'must be a pbkdf2_sha256 hash of passlib or Django' }]);
  return command(context, async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    if (!standing.value.operator)
      return deny('ERR_ESCALATION', { members: { dimension: 'organizations', beyond: [] } });
    const user = await tx.get('user', { uid: input.uid });
    if (user === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such user' });
    const now = context.now();
    const holder = { kind: 'user' as const, oid: null, uid: user.uid, name: name.value.name };
    if (await isNameTaken(tx, holder, now)) return deny('ERR_NAME_TAKEN', { members: { name: holder.name } });
    const identity = await continueIdentity(tx, context, standing.value, { key: holder, power: undefined });
    if (!identity.allowed) return identity;
    const keyId = mintKeyId(context.random);
    await tx.insert('key', {
      ...holder,
      keyId,
      identity: identity.value.row.id,
      flairs: name.value.flairs,
      permissions: [],
      ranges: [],
      description: null,
      createdBy: null,
      createdByName: standing.value.name,
      createdAt: now,
      expiresAt: null,
      disabledAt: null,
      revokedAt: null,
      masked: null,
      sealed: null,
      policy: null,
      honeytoken: false,
    });
    await insertUntagged(tx, user.uid, { keyId, hash, createdAt: now, endsAt: null, lastUsedAt: null });
    tx.touch('key', keyId);
    await audit(tx, context, standing.value, {
      oid: null,
      action: 'key.import',
      target: keyId,
      details: { name: holder.name },
    });
    return allow({ keyId });
  });
}
