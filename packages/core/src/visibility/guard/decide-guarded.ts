import type { Denial } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Explanation } from '../../denial/explanation.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import type { OwnershipTypeRow } from '../../store/rows.js';
import { decide, HIDDEN, type ResourceAction, type Verdict } from '../decide.js';
import { explained, explainVerdict } from '../explain.js';
import { type Ownership, UNOWNED } from '../ownership.js';
import { type IdNamespace, isSegmentedCaller } from './id-namespace.js';
import type { OwnershipSnapshot } from './ownership-reader.js';

/** Represents a resource of a different organization, or one that is treated as missing. */
const ELSEWHERE = 'elsewhere';

type Possible = Ownership | typeof ELSEWHERE;

/** Rules for denials, ordered so that the rule that reveals least comes first. */
const SEVERITY = ['hidden', 'withheld', 'locked'] as const;

/** A caller, and the resource behind a guard that a decision is about. */
export interface GuardedSubject {
  readonly caller: OrganizationCaller;
  readonly snapshot: OwnershipSnapshot;
  readonly id: string;
  /** Token of the caller's own pending write, which the decision ignores. */
  readonly token?: string | undefined;
}

/**
 * Decides whether a caller may perform an action on one resource, whose ownership is stored by the guard.
 *
 * While a write is in progress, or after its process died, the true ownership may be the stored one or the one that the
 * write would store. An action is then allowed only if both ownerships allow it.
 */
export function decideGuarded(subject: GuardedSubject, action: ResourceAction): Verdict {
  const { caller } = subject;
  const verdicts = possibleOwnerships(subject).map((possible) =>
    possible === ELSEWHERE ? HIDDEN : decide(caller, possible, action),
  );
  for (const rule of SEVERITY) {
    const refused = verdicts.find((verdict) => !verdict.allowed && verdict.rule === rule);
    if (refused !== undefined) return refused;
  }
  return verdicts[0] ?? HIDDEN;
}

/** True if a caller must not know of the resource, no matter how the writes in progress end. */
export function isUnknowable(
  caller: OrganizationCaller,
  { space, state, owned, intents }: OwnershipSnapshot,
  id: string,
): boolean {
  const own = intents.filter((intent) => intent.id === id);
  const possible = possibleOwnerships({ caller, snapshot: { space, state, owned, intents: own }, id });
  // A create begins only if the resource is missing, so it is still missing or has the ownership of the create.
  const isBeingCreated = !owned.has(id) && own.some(({ operation }) => operation === 'create');
  return (isBeingCreated ? possible.slice(1) : possible).every(
    (each) => each === ELSEWHERE || !decide(caller, each, 'know').allowed,
  );
}

/**
 * True if a caller may know resources that have no owner, in a namespace that organizations share, because its
 * organization has adopted them. The stored ownership then does not tell a missing resource from an existing one.
 */
export function mayKnowUnowned(
  caller: OrganizationCaller,
  { space, state }: Pick<OwnershipSnapshot, 'space' | 'state'>,
): boolean {
  return space.tenancy === 'shared' && state.adoptedBy === caller.oid && !isSegmentedCaller(caller);
}

/**
 * Decides whether a caller may see the service's response for an id. `before` is the state of the resource type before
 * the service read the resource. `snapshot` is the ownership after the service read it.
 *
 * If the resource was created after `before`, the service may have returned an earlier resource with the same id. If
 * the resource has no ownership, the service may have returned a secret resource that was deleted after `before`.
 */
export function decideSeen(
  caller: OrganizationCaller,
  before: OwnershipTypeRow,
  snapshot: OwnershipSnapshot,
  id: string,
): Verdict {
  const verdict = decideGuarded({ caller, snapshot, id }, 'read');
  if (!verdict.allowed) return verdict;
  const row = snapshot.owned.get(id);
  const renewed = row !== undefined && row.generation > before.revision;
  if (renewed && mayHide(caller, snapshot.space)) return HIDDEN;
  const uncertain = row === undefined || renewed;
  if (uncertain && snapshot.state.secretEnded > before.revision) return { allowed: false, rule: 'withheld' };
  return verdict;
}

/**
 * Makes the same decision as {@link decideSeen} for each id of a list. All ids without stored ownership and without an
 * intent of their own have the same verdict, which is determined once.
 */
export function decideEachSeen(
  caller: OrganizationCaller,
  before: OwnershipTypeRow,
  snapshot: OwnershipSnapshot,
  ids: readonly string[],
): readonly Verdict[] {
  const { owned, intents } = snapshot;
  const written = new Set(intents.map(({ id }) => id));
  let unmarked: Verdict | undefined;
  return ids.map((id) => {
    if (owned.has(id) || written.has(id)) return decideSeen(caller, before, snapshot, id);
    unmarked ??= decideSeen(caller, before, snapshot, id);
    return unmarked;
  });
}

/**
 * True if the guard may have to hide a resource of this type from a caller. Every response to that caller must then be
 * checked.
 *
 * The result does not depend on resources that the caller must not know of. If ids are shared by all organizations,
 * every caller is restricted.
 */
export function isRestricted(
  caller: OrganizationCaller,
  { state, space }: Pick<OwnershipSnapshot, 'state' | 'space'>,
): boolean {
  return mayHide(caller, space) || state.secrets > 0 || state.intents > 0;
}

/**
 * True if the namespace may contain resources that a caller must not know of. Does not depend on which resources exist.
 */
export function mayHide(caller: OrganizationCaller, { tenancy }: Pick<IdNamespace, 'tenancy'>): boolean {
  return tenancy === 'shared' || isSegmentedCaller(caller);
}

/** Returns the denial for a resource that the service returned but the caller must not know of. */
export function denySeen(
  caller: OrganizationCaller,
  snapshot: OwnershipSnapshot,
  id: string,
  verdict: Verdict,
): Denial {
  return explained(deny('ERR_NOT_FOUND'), explainGuarded({ caller, snapshot, id }, 'read', verdict), caller);
}

/** Explains a verdict of {@link decideGuarded}, in the same format as for a row of a table. */
export function explainGuarded(subject: GuardedSubject, action: ResourceAction, verdict: Verdict): Explanation {
  const { caller, snapshot, id } = subject;
  const elsewhere = possibleOwnerships(subject).includes(ELSEWHERE);
  const asked = { type: snapshot.space.type, id, identity: caller.identity, action };
  return explainVerdict(asked, verdict, elsewhere ? 'elsewhere' : 'here');
}

function possibleOwnerships({ caller, snapshot, id, token }: GuardedSubject): readonly Possible[] {
  const { space, state, owned, intents } = snapshot;
  const row = owned.get(id);
  const unowned = space.tenancy === 'routed' || state.adoptedBy === caller.oid ? UNOWNED : ELSEWHERE;
  const present: Possible = row === undefined ? unowned : row.organization === caller.oid ? row : ELSEWHERE;
  // A create whose id the service assigns may have created any resource that has no owner yet.
  const pending = intents.filter((intent) => intent.id === id || (row === undefined && intent.id.startsWith('?')));
  return [
    present,
    ...pending
      .filter((intent) => intent.token !== token)
      .map((intent) => (intent.organization === caller.oid ? intent : ELSEWHERE)),
  ];
}
