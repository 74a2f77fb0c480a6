import type { Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { type Paged, type PageInput, readList } from '../command/cursor.js';
import { seeKeys } from './find-key.js';
import { type ListedKey, pageOfKeys } from './list-keys.js';
import { revokeKey } from './revoke-key.js';

export interface ListUserKeysInput extends PageInput {
  /**
   * User whose keys are listed. Only the operator may list the keys of a user other than the acting user.
   *
   * @default the acting user
   */
  readonly uid?: string | undefined;
}

/**
 * Lists the acting user's own keys that are not revoked. The operator can list the keys of any user.
 *
 * @example
 * const outcome = await listUserKeys(context, actor);
 */
export async function listUserKeys(
  context: AdministrationContext,
  actor: Actor,
  { uid: named, ...page }: ListUserKeysInput = {},
): Promise<Outcome<Paged<ListedKey>>> {
  return readList(page, (slice) =>
    context.store.read(async (tx) => {
      const actorState = await readActorState(tx, context.catalogue, actor, context.now());
      if (!actorState.allowed) return actorState;
      const uid = named ?? actorState.value.uid;
      if (uid === undefined) {
        return deny('ERR_USER_REQUIRED', { detail: 'only a user can have keys in their own name' });
      }
      const seen = await seeKeys(tx, context, actorState.value, { uid });
      if (!seen.allowed) return seen;
      if (actorState.value.operator && (await tx.get('user', { uid })) === undefined) {
        return deny('ERR_NOT_FOUND', { detail: 'no such user' });
      }
      const scope = { list: `user-keys:${uid}`, reader: actorState.value.identity ?? '' };
      return pageOfKeys(context, tx, { ...seen.value, scope }, slice);
    }),
  );
}

/**
 * Revokes one of the acting user's own keys and every token exchanged for it, immediately and permanently.
 *
 * @example
 * const outcome = await revokeUserKey(context, actor, { keyId });
 */
export function revokeUserKey(
  context: AdministrationContext,
  actor: Actor,
  { keyId }: { readonly keyId: string },
): Promise<Outcome<{ readonly keyId: string }>> {
  return revokeKey(context, actor, { keyId });
}
