import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Catalogue } from '../../permission/catalogue.js';
import { rangesWithin } from '../../principal/key/ranges.js';
import type { Entitlements } from '../command/entitlements.js';
import { isWholeOwner } from './check-held.js';

/** Aspects in which a created credential could exceed the rights of its creator. */
export type Dimension =
  | 'organizations'
  | 'permissions'
  | 'families'
  | 'segment'
  | 'root'
  | 'bulk'
  | 'ranges'
  | 'expiry';

type Judge = (actor: Entitlements, target: Entitlements, catalogue: Catalogue) => readonly string[];

/**
 * Checks by dimension. Each check returns the rights that the target credential has and the actor does not have. An
 * empty list means that the target does not exceed the actor in this dimension.
 *
 * An owner whose credential is neither narrowed nor segmented is treated as holding `root`, `bulk` and every permission
 * family.
 */
const dimensions: Readonly<Record<Exclude<Dimension, 'organizations'>, Judge>> = {
  permissions: (actor, target, catalogue) => {
    const held = new Set(catalogue.expand(actor.grants));
    return catalogue.expand(target.grants).filter((name) => !held.has(name));
  },
  families: (actor, target) => {
    if (isWholeOwner(actor)) return [];
    const held = new Set(actor.grants);
    return target.grants.filter((grant) => grant.endsWith('.*') && !held.has(grant));
  },
  segment: (actor, target) =>
    actor.flairs.includes('segment') && !actor.flairs.includes('root') && !target.flairs.includes('segment')
      ? ['segment']
      : [],
  root: (actor, target) => flairBeyond('root', actor, target),
  bulk: (actor, target) => flairBeyond('bulk', actor, target),
  ranges: (actor, target) => (rangesWithin(target.ranges, actor.ranges) ? [] : ['ranges']),
  expiry: (actor, target) =>
    actor.expiresAt !== null && (target.expiresAt === null || target.expiresAt > actor.expiresAt) ? ['expiry'] : [],
};

function flairBeyond(flair: 'root' | 'bulk', actor: Entitlements, target: Entitlements): readonly string[] {
  if (!target.flairs.includes(flair) || actor.flairs.includes(flair)) return [];
  return isWholeOwner(actor) && !actor.flairs.includes('segment') ? [] : [flair];
}

/**
 * Checks a command that creates or widens a credential (the target): the rights of the target must not exceed the
 * actor's rights in any dimension.
 *
 * `actor` is undefined if the actor has no rights in the organization of the target. The check refuses with
 * `ERR_ESCALATION`. The error names the dimension and the rights that the actor does not hold.
 */
export function checkNoEscalation(
  actor: Entitlements | undefined,
  target: Entitlements,
  catalogue: Catalogue,
): Outcome<undefined> {
  if (actor === undefined || actor.oid !== target.oid) return escalation('organizations', []);
  for (const [dimension, check] of Object.entries(dimensions)) {
    const beyond = check(actor, target, catalogue);
    if (beyond.length > 0) return escalation(dimension, beyond);
  }
  return allow(undefined);
}

function escalation(dimension: string, beyond: readonly string[]): Outcome<undefined> {
  const named = beyond.length > 0 ? `: ${beyond.join(', ')}` : '';
  const detail = REMEDIES.get(dimension) ?? `a caller cannot grant more than it holds (${dimension}${named})`;
  return deny('ERR_ESCALATION', { detail, members: { dimension, beyond } });
}

/**
 * Error messages by dimension. They tell who may grant the right. All dimensions that are not listed have one general
 * message.
 */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['root', 'only an owner, or a key with the flair root, can grant root'],
  ['bulk', 'only an owner, or a key with the flair bulk, can grant bulk'],
  ['segment', 'a key with the flair segment can create only keys with that flair'],
]);
