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

/**
 * Takes the place of an ownership if the resource belongs to an organization other than the caller's, or is treated as
 * missing.
 */
const ELSEWHERE = 'elsewhere';

type Possible = Ownership | typeof ELSEWHERE;

/** The rules that can refuse an action, in order. The rule that reveals least to the caller comes first. */
const SEVERITY = ['hidden', 'withheld', 'locked'] as const;

/** The caller and the resource that a decision is about. The resource is behind a guard. */
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
 * While a write is in progress, or after the writing process died, several ownerships are possible: the stored one, and
 * the one that the write would store. An action is then allowed only if every possible ownership allows the action.
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
  // A create begins only if the resource is missing. The resource is therefore still missing, or has the ownership that
  // the create planned.
  const isBeingCreated = !owned.has(id) && own.some(({ operation }) => operation === 'create');
  return (isBeingCreated ? possible.slice(1) : possible).every(
    (each) => each === ELSEWHERE || !decide(caller, each, 'know').allowed,
  );
}

/**
 * True if ids are shared by all organizations, the caller's organization has adopted all resources without ownership,
 * and the caller is not restricted to resources that it created.
 *
 * Such a caller may know of a resource without ownership. For that resource, the stored ownership does not show whether
 * the resource exists.
 */
export function mayKnowUnowned(
  caller: OrganizationCaller,
  { space, state }: Pick<OwnershipSnapshot, 'space' | 'state'>,
): boolean {
  return space.tenancy === 'shared' && state.adoptedBy === caller.oid && !isSegmentedCaller(caller);
}

/**
 * Decides whether a caller may see the response that the service returned for an id. `before` contains the counters of
 * the resource type from before the service read the resource. `snapshot` contains the ownership from after that read.
 *
 * If the stored ownership was created after `before`, the service may have returned an earlier resource with the same
 * id. The response is then hidden from a caller who may not know of all resources. If a secret resource was removed
 * after `before`, and the id has no ownership or a newer one, the service may have returned that secret resource. The
 * response is then withheld.
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
 * Makes the same decision as {@link decideSeen} for each id of a list. All ids without stored ownership and without a
 * pending write of their own share one verdict, which is computed only once.
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
 * True if the guard may have to hide a resource of this type, or its content, from a caller. Every response to that
 * caller must then be checked.
 *
 * The result does not depend on resources that the caller must not know of, so it cannot reveal them. If all
 * organizations share the ids, every caller is restricted.
 */
export function isRestricted(
  caller: OrganizationCaller,
  { state, space }: Pick<OwnershipSnapshot, 'state' | 'space'>,
): boolean {
  return mayHide(caller, space) || state.secrets > 0 || state.intents > 0;
}

/**
 * True if the namespace may contain resources that a caller must not know of. The result does not depend on which
 * resources exist.
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

/**
 * Explains a verdict of {@link decideGuarded}, in the same format as {@link explainVerdict} uses for rows of a
 * service's own table.
 */
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
