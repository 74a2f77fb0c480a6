import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Catalogue } from '../../permission/catalogue.js';
import { createRangeCheck } from '../../principal/key/ranges.js';
import { isSuspended } from '../../principal/key/suspended.js';
import type { Principal } from '../../principal/principal.js';
import { invalidReason, readSubject, type Subject, type SubjectAccess } from '../../principal/read-subject.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readActing } from './acting-credential.js';
import { findActingKey } from './acting-key.js';
import type { ActorState } from './actor-state.js';
import type { Entitlements } from './entitlements.js';
import { isWhole } from './own-name.js';

/** The sender of a command. */
export type Actor =
  /**
   * The operator's command line. It is exempt from `checkNoEscalation`. Audit entries name the operator as the actor.
   */
  | { readonly kind: 'operator'; readonly name: string }
  | {
      readonly kind: 'principal';
      readonly principal: Principal;
      readonly address: string | undefined;
      /** Reason that the actor gave for the command. The reason is written to the audit. */
      readonly reason?: string;
    };

/**
 * Reads the actor's state from the store, so that no command is decided from a cache.
 *
 * Refuses the actor if its key, secret or token was revoked after the request was authenticated, or if the key's
 * address ranges no longer contain the actor's address.
 */
export async function readActorState(
  tx: ReadTransaction,
  catalogue: Catalogue,
  actor: Actor,
  now: number,
): Promise<Outcome<ActorState>> {
  if (actor.kind === 'operator') return allow(operatorState(actor.name));
  const { principal, address } = actor;
  if (principal.keyId === undefined) return deny('ERR_KEY_INVALID', { reason: 'no key of ours behind the actor' });
  const key = await findActingKey(tx, { keyId: principal.keyId, uid: principal.uid }, now);
  if (key === undefined || invalidReason(key, now) !== undefined) {
    return deny('ERR_KEY_INVALID', { reason: 'the key ended before the command' });
  }
  if (await isSuspended(tx)) return deny('ERR_KEY_INVALID', { reason: 'every key is suspended' });
  if (principal.via === 'api-key' && !createRangeCheck(key.ranges)(address)) {
    return deny('ERR_KEY_INVALID', { reason: 'the key is no longer valid from the address of the actor' });
  }
  const acting = await readActing(tx, principal, now);
  if (!acting.allowed) return acting;
  const subject = await readSubject(tx, key);
  if (typeof subject === 'string') return deny('ERR_KEY_INVALID', { reason: `the key is ${subject}` });
  const whole = isWhole(principal, subject);
  const carried = (oid: string) => powerIn(subject, principal, oid, catalogue);
  return allow({
    operator: false,
    identity: principal.identity,
    name: principal.ident,
    address,
    keyId: key.keyId,
    ...acting.value,
    uid: key.uid ?? undefined,
    whole,
    // `root` overrides `segment`. On a user's key, `root` has an effect only in organizations that the user owns, so it
    // is ignored here, where the value applies to all organizations.
    segmented: key.flairs.includes('segment') && !(key.uid === null && key.flairs.includes('root')),
    reason: actor.reason,
    in: carried,
    asUser: whole ? (oid) => carried(oid) ?? heldBy(subject, oid) : carried,
  });
}

/** Returns the state of the operator, who is exempt from `checkNoEscalation`. */
export function operatorState(name: string): ActorState {
  return {
    operator: true,
    identity: undefined,
    name,
    address: undefined,
    keyId: undefined,
    secret: undefined,
    retiring: false,
    uid: undefined,
    whole: false,
    segmented: false,
    reason: undefined,
    in: () => undefined,
    asUser: () => undefined,
  };
}

/** Returns the rights that the key has now in an organization, limited to the rights of the presented credential. */
function powerIn(subject: Subject, principal: Principal, oid: string, catalogue: Catalogue): Entitlements | undefined {
  const access = subject.access.get(oid);
  const view = principal.in(oid);
  if (access === undefined || view === undefined) return undefined;
  const held = catalogue.expand(access.grants);
  const carried = new Set(view.permissions);
  const kept = held.filter((name) => carried.has(name));
  const cut = kept.length < held.length;
  // Only a credential with all rights of its user has the rights of an owner.
  const narrowed = cut || !isWhole(principal, subject);
  return { ...powerOf(subject, oid, access), grants: cut ? kept : access.grants, narrowed };
}

/**
 * Returns the rights that the user has now in an organization for which the token is not valid. The rights are marked
 * as narrowed, so they do not include the additional rights of an owner.
 */
function heldBy(subject: Subject, oid: string): Entitlements | undefined {
  const access = subject.access.get(oid);
  return access && { ...powerOf(subject, oid, access), narrowed: true };
}

function powerOf(
  { key: { ranges, expiresAt } }: Subject,
  oid: string,
  access: SubjectAccess,
): Omit<Entitlements, 'narrowed'> {
  const { grants, flairs, owner } = access;
  return { oid, grants, flairs, owner, ranges, expiresAt };
}
