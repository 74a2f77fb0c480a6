import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Catalogue } from '../../permission/catalogue.js';
import { isSuspended } from '../../principal/key/suspended.js';
import type { Principal } from '../../principal/principal.js';
import { deadReason, readSubject, type Subject, type SubjectAccess } from '../../principal/read-subject.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readActing } from './acting-credential.js';
import type { ActorState } from './actor-state.js';
import type { Entitlements } from './entitlements.js';
import { isWhole } from './own-name.js';

/** Who gives a command. */
export type Actor =
  /** The operator's command line: stands above `checkNoEscalation`, and is audited as such. */
  | { readonly kind: 'operator'; readonly name: string }
  | {
      readonly kind: 'principal';
      readonly principal: Principal;
      readonly address: string | undefined;
      /** Why, in the actor's own words; written into the audit. */
      readonly reason?: string;
    };

/**
 * Reads the actor again, so that no command is judged from a cache.
 *
 * An actor whose key, secret or token was ended meanwhile is refused like any dead one.
 */
export async function readStanding(
  tx: ReadTransaction,
  catalogue: Catalogue,
  actor: Actor,
  now: number,
): Promise<Outcome<ActorState>> {
  if (actor.kind === 'operator') return allow(operatorStanding(actor.name));
  const { principal, address } = actor;
  if (principal.keyId === undefined) return deny('ERR_KEY_INVALID', { reason: 'no key of ours behind the actor' });
  const key = await tx.get('key', { keyId: principal.keyId });
  if (key === undefined || deadReason(key, now) !== undefined) {
    return deny('ERR_KEY_INVALID', { reason: 'the key ended before the command' });
  }
  if (await isSuspended(tx)) return deny('ERR_KEY_INVALID', { reason: 'every key is suspended' });
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
    // `root` on a user's key counts in single organizations only.
    segmented: key.flairs.includes('segment') && !(key.uid === null && key.flairs.includes('root')),
    reason: actor.reason,
    in: carried,
    asUser: whole ? (oid) => carried(oid) ?? heldBy(subject, oid) : carried,
  });
}

/** The operator, who stands above `checkNoEscalation`. */
export function operatorStanding(name: string): ActorState {
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

/** What the key holds now, and no more than the token it acts by carries. */
function powerIn(subject: Subject, principal: Principal, oid: string, catalogue: Catalogue): Entitlements | undefined {
  const access = subject.access.get(oid);
  const view = principal.in(oid);
  if (access === undefined || view === undefined) return undefined;
  const held = catalogue.expand(access.grants);
  const carried = new Set(view.permissions);
  const kept = held.filter((name) => carried.has(name));
  const cut = kept.length < held.length;
  // An owner counts as one only by a whole credential.
  const narrowed = cut || !isWhole(principal, subject);
  return { ...powerOf(subject, oid, access), grants: cut ? kept : access.grants, narrowed };
}

/** What the user's key holds now, never with an owner's whole power: the token carries none of it. */
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
