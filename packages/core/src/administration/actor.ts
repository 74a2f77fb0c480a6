import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { Catalogue } from '../permission/catalogue.js';
import type { Principal } from '../principal/principal.js';
import { deadReason, readSubject, type Subject } from '../principal/read-subject.js';
import { isSuspended } from '../principal/suspended.js';
import type { ReadTransaction } from '../store/store.js';
import type { Power } from './power.js';

/** Who gives a command. */
export type Actor =
  /** The operator's command line: stands above `mayMint`, and is audited as such. */
  | { readonly kind: 'operator'; readonly name: string }
  | {
      readonly kind: 'principal';
      readonly principal: Principal;
      readonly address: string | undefined;
      /** Why, in the actor's own words; written into the audit. */
      readonly reason?: string;
    };

/** The actor as the store has it now, read inside the command's transaction. */
export interface Standing {
  readonly operator: boolean;
  /** Identity; undefined for the operator. */
  readonly identity: string | undefined;
  readonly name: string;
  readonly address: string | undefined;
  readonly keyId: string | undefined;
  readonly uid: string | undefined;
  /** The key sees only what it made, wherever it is used. */
  readonly segmented: boolean;
  readonly reason: string | undefined;
  /** What the actor holds in an organization; undefined where it has nothing to do. */
  in(oid: string): Power | undefined;
}

/**
 * Reads the actor again, so that no command is judged from a cache.
 *
 * An actor whose key was ended meanwhile is refused like any dead key.
 */
export async function readStanding(
  tx: ReadTransaction,
  catalogue: Catalogue,
  actor: Actor,
  now: number,
): Promise<Outcome<Standing>> {
  if (actor.kind === 'operator') return allow(operatorStanding(actor.name));
  const { principal, address } = actor;
  if (principal.keyId === undefined) return deny('ERR_KEY_INVALID', { reason: 'no key of ours behind the actor' });
  const key = await tx.get('key', { keyId: principal.keyId });
  if (key === undefined || deadReason(key, now) !== undefined) {
    return deny('ERR_KEY_INVALID', { reason: 'the key ended before the command' });
  }
  if (await isSuspended(tx)) return deny('ERR_KEY_INVALID', { reason: 'every key is suspended' });
  const subject = await readSubject(tx, key);
  if (typeof subject === 'string') return deny('ERR_KEY_INVALID', { reason: `the key is ${subject}` });
  return allow({
    operator: false,
    identity: principal.identity,
    name: principal.ident,
    address,
    keyId: key.keyId,
    uid: key.uid ?? undefined,
    // `root` on a user's key counts in single organizations only.
    segmented: key.flairs.includes('segment') && !(key.uid === null && key.flairs.includes('root')),
    reason: actor.reason,
    in: (oid) => powerIn(subject, principal, oid, catalogue),
  });
}

/** The operator, who stands above `mayMint`. */
export function operatorStanding(name: string): Standing {
  return {
    operator: true,
    identity: undefined,
    name,
    address: undefined,
    keyId: undefined,
    uid: undefined,
    segmented: false,
    reason: undefined,
    in: () => undefined,
  };
}

/** What the key holds now, and no more than the token it acts by carries. */
function powerIn(subject: Subject, principal: Principal, oid: string, catalogue: Catalogue): Power | undefined {
  const access = subject.access.get(oid);
  const view = principal.in(oid);
  if (access === undefined || view === undefined) return undefined;
  const held = catalogue.expand(access.grants);
  const carried = new Set(view.permissions);
  const kept = held.filter((name) => carried.has(name));
  const narrowed = kept.length < held.length;
  return {
    oid,
    grants: narrowed ? kept : access.grants,
    flairs: access.flairs,
    owner: access.owner,
    narrowed,
    ranges: subject.key.ranges,
    expiresAt: subject.key.expiresAt,
  };
}
