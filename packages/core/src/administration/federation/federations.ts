import { allow, type Outcome } from '../../denial/denial.js';
import type { FederationRow, KeyRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import { type AdministrationContext, command, urgently } from '../command/context.js';
import { findKey, seeKeys } from '../keys/find-key.js';

/** A federation, as shown in lists. Contains no secret. */
export interface ListedFederation {
  readonly key: KeyRow;
  readonly rule: FederationRow;
}

/** Identifies a federation in an organization. */
export interface FederationReference {
  readonly oid: string;
  readonly federationId: string;
}

/**
 * Maximum number of federations in a list. With the default limit of 100 federations, only the operator, who is exempt
 * from the limit, can create more federations than this.
 */
const MAX_LISTED = 1000;

/**
 * Lists an organization's federations. A segmented actor (`segment` flair) sees only the federations that it created.
 *
 * Requires `apikey.ctrl`.
 *
 * @example
 * const outcome = await listFederations(context, actor, { oid });
 */
export async function listFederations(
  context: AdministrationContext,
  actor: Actor,
  { oid }: { readonly oid: string },
): Promise<Outcome<readonly ListedFederation[]>> {
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const seen = await seeKeys(tx, context, actorState.value, { oid, kind: 'federation' });
    if (!seen.allowed) return seen;
    const keys = await tx.find('key', seen.value.where, { limit: MAX_LISTED });
    const ids = keys.map(({ keyId }) => keyId);
    const rules = new Map((await tx.findIn('federation', 'keyId', ids)).map((rule) => [rule.keyId, rule]));
    return allow(
      keys.flatMap((key) => {
        const rule = rules.get(key.keyId);
        return rule === undefined ? [] : [{ key, rule }];
      }),
    );
  });
}

/**
 * Deletes a federation and revokes every token issued to the federation's workload.
 *
 * @example
 * const outcome = await deleteFederation(context, actor, { oid, federationId: id });
 */
export async function deleteFederation(
  context: AdministrationContext,
  actor: Actor,
  { oid, federationId }: FederationReference,
): Promise<Outcome<FederationReference>> {
  return command(
    urgently(context),
    async (tx) => {
      const actorState = await readActorState(tx, context.catalogue, actor, context.now());
      if (!actorState.allowed) return actorState;
      const found = await findKey(tx, context, actorState.value, { oid, keyId: federationId, kind: 'federation' });
      if (!found.allowed) return found;
      const { keyId, name } = found.value.key;
      await tx.update('key', { keyId }, { revokedAt: context.now() });
      await tx.remove('federation', { keyId });
      tx.touch('key', keyId);
      await audit(tx, context, actorState.value, {
        oid,
        action: 'federation.delete',
        target: keyId,
        details: { name },
      });
      return allow({ oid, federationId });
    },
    actor,
  );
}
