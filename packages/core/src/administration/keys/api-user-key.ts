import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { readUserAccess } from '../../principal/access.js';
import { apiUserName } from '../../store/api-user-name.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import { type Conditional, checkVersion } from '../command/expected-version.js';
import { checkUserControl } from '../escalation/check-held.js';
import { apiUserVersion } from '../users/api-users.js';
import { endKeysOf } from '../users/end-keys.js';
import { denyNoUser } from '../users/members.js';
import { type CreatedKey, createKey } from './create-key.js';
import { denyNoKey, seeKeys } from './find-key.js';

export interface ApiUserReference extends Conditional {
  readonly oid: string;
  readonly uid: string;
}

/**
 * Creates a user's API-user key and immediately revokes the user's previous API-user key. A user has at most one such
 * key.
 *
 * An API-user key is either the key of an API user (a user of one organization that cannot sign in), or a person's key
 * that is valid only in the organization `oid`. Only that person and the operator may create a person's API-user key.
 *
 * The actor gets a working secret. Therefore, the actor must hold all rights that the user holds, in every organization
 * where the key is valid. The created key can read content that is secret to the user (`secret` flair) only if the
 * actor is an owner, the operator, or the user acting by its own key. A secret that is being rotated out, or a token
 * exchanged for such a secret, cannot be used to replace the key.
 *
 * @example
 * const outcome = await replaceApiUserKey(context, actor, { oid, uid });
 * if (outcome.allowed) console.log(outcome.value.text); // shown once
 */
export async function replaceApiUserKey(
  context: AdministrationContext,
  actor: Actor,
  { oid, uid, name, version }: ApiUserReference & { readonly name?: string | undefined },
): Promise<Outcome<CreatedKey>> {
  const given = name === undefined ? await findApiUserName(context, actor, { oid, uid }) : allow(name);
  if (!given.allowed) return given;
  return createKey(context, actor, { owner: { kind: 'user', uid, oid, version }, name: given.value });
}

/**
 * Checks that the actor may see the key's name, and returns the name. Reads the name before the command's transaction,
 * which is safe because the name never changes.
 */
async function findApiUserName(
  context: AdministrationContext,
  actor: Actor,
  { oid, uid }: ApiUserReference,
): Promise<Outcome<string>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const held = checkUserControl(context, actorState.value, oid);
    if (!held.allowed && actorState.value.uid !== uid) return held;
    const isOwn = actorState.value.operator || actorState.value.uid === uid;
    return nameIn(tx, { oid, uid }, isOwn);
  });
}

/**
 * Returns the name of the key. For an API user, this is the user's name. For a person, this is the person's e-mail
 * address. Refuses a person's key if `isOwn` is false: the actor is then neither that person nor the operator.
 */
async function nameIn(tx: ReadTransaction, { oid, uid }: ApiUserReference, isOwn: boolean): Promise<Outcome<string>> {
  const user = await tx.get('user', { uid });
  if (user === undefined) return denyNoUser();
  if (user.type === 'api') return user.oid === oid ? allow(apiUserName(user)) : denyNoUser();
  if (!(await readUserAccess(tx, user)).has(oid)) return denyNoUser();
  return isOwn ? allow(user.email) : denyPerson();
}

/** Returns the denial for an actor who tries to create another person's key. */
function denyPerson(): Outcome<never> {
  return deny('ERR_NOT_FOUND', {
    detail: 'the user is no API user: people create their own keys, at /v1/user/keys or as API-user keys',
  });
}

/**
 * Revokes an API user's key immediately and permanently.
 *
 * @example
 * const outcome = await revokeApiUserKey(context, actor, { oid, uid });
 */
export async function revokeApiUserKey(
  context: AdministrationContext,
  actor: Actor,
  { oid, uid, version }: ApiUserReference,
): Promise<Outcome<{ readonly uid: string }>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const keys = await seeKeys(tx, context, actorState, { oid, apiUser: uid });
    if (!keys.allowed) return keys;
    const user = await tx.get('user', { uid });
    if (user === undefined) return denyNoUser();
    const seen = checkVersion(await apiUserVersion(tx, user, context.now()), version);
    if (!seen.allowed) return seen;
    const live = await tx.find('key', keys.value.where);
    if (live.length === 0) return denyNoKey();
    await endKeysOf(tx, uid, context.now());
    for (const { keyId, name } of live) {
      await audit(tx, context, actorState, { oid, action: 'key.revoke', target: keyId, details: { name, uid } });
    }
    return allow({ uid });
  });
}
