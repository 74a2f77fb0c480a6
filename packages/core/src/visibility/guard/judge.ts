import type { Denial } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Explanation } from '../../denial/explanation.js';
import type { OrganizationCaller } from '../../principal/organization-caller.js';
import type { OwnershipTypeRow } from '../../store/rows.js';
import { decide, HIDDEN, type ResourceAction, type Verdict } from '../decide.js';
import { explained, explainVerdict } from '../explain.js';
import { type Ownership, UNOWNED } from '../ownership.js';
import { type IdNamespace, isSegmented } from './space.js';
import type { OwnershipSnapshot } from './standing.js';

/** Stands for a resource of another organization, and for one that counts as missing. */
const ELSEWHERE = 'elsewhere';

type Possible = Ownership | typeof ELSEWHERE;

/** A refusal that tells less comes first. */
const SEVERITY = ['hidden', 'withheld', 'locked'] as const;

/**
 * Decides about one resource whose ownership the guard keeps.
 *
 * While a write is under way, or its process died, nobody knows which ownership is the right one: what there is, or
 * what the write was to bring. Then only what both allow is allowed. `except` is the caller's own write.
 */
export function judge(
  party: OrganizationCaller,
  standing: OwnershipSnapshot,
  id: string,
  action: ResourceAction,
  except?: string | undefined,
): Verdict {
  const verdicts = possibleOwnerships(party, standing, id, except).map((possible) =>
    possible === ELSEWHERE ? HIDDEN : decide(party, possible, action),
  );
  for (const rule of SEVERITY) {
    const refused = verdicts.find((verdict) => !verdict.allowed && verdict.rule === rule);
    if (refused !== undefined) return refused;
  }
  return verdicts[0] ?? HIDDEN;
}

/** True if `party` may not know the resource, whatever becomes of the writes that are under way. */
export function isUnknowable(
  party: OrganizationCaller,
  { space, state, owned, intents }: OwnershipSnapshot,
  id: string,
): boolean {
  const own = intents.filter((intent) => intent.id === id);
  return possibleOwnerships(party, { space, state, owned, intents: own }, id, undefined).every(
    (possible) => possible === ELSEWHERE || !decide(party, possible, 'know').allowed,
  );
}

/**
 * Decides whether `party` may read what was read under an id since `before`, its state then.
 *
 * A resource that began its life meanwhile may not be the one that was read; neither may one without ownership be
 * the one that was there when something secret ended.
 */
export function decideSeen(
  party: OrganizationCaller,
  before: OwnershipTypeRow,
  standing: OwnershipSnapshot,
  id: string,
): Verdict {
  const verdict = judge(party, standing, id, 'read');
  if (!verdict.allowed) return verdict;
  const row = standing.owned.get(id);
  const renewed = row !== undefined && row.generation > before.revision;
  if (renewed && mayHide(party, standing.space)) return HIDDEN;
  const uncertain = row === undefined || renewed;
  if (uncertain && standing.state.secretEnded > before.revision) return { allowed: false, rule: 'withheld' };
  return verdict;
}

/**
 * Whether anything of this type may be kept from the party: then no byte goes out that was not judged.
 *
 * Does not depend on what the party may not know: where ids are shared everybody is restricted.
 */
export function isRestricted(
  party: OrganizationCaller,
  { state, space }: Pick<OwnershipSnapshot, 'state' | 'space'>,
): boolean {
  return mayHide(party, space) || state.secrets > 0 || state.intents > 0;
}

/** True if there may be resources in the space that the party may not know. Does not depend on which there are. */
export function mayHide(party: OrganizationCaller, { tenancy }: Pick<IdNamespace, 'tenancy'>): boolean {
  return tenancy === 'shared' || isSegmented(party);
}

/** The refusal of a resource that was read and must not be known. */
export function denySeen(party: OrganizationCaller, standing: OwnershipSnapshot, id: string, verdict: Verdict): Denial {
  return explained(deny('ERR_NOT_FOUND'), explainGuarded(party, standing, id, 'read', verdict), party);
}

/** Says what {@link judge} decided, and why, as for a row of a table. */
export function explainGuarded(
  party: OrganizationCaller,
  standing: OwnershipSnapshot,
  id: string,
  action: ResourceAction,
  verdict: Verdict,
  except?: string | undefined,
): Explanation {
  const elsewhere = possibleOwnerships(party, standing, id, except).includes(ELSEWHERE);
  const asked = { type: standing.space.type, id, identity: party.identity, action };
  return explainVerdict(asked, verdict, elsewhere ? 'elsewhere' : 'here');
}

function possibleOwnerships(
  party: OrganizationCaller,
  { space, state, owned, intents }: OwnershipSnapshot,
  id: string,
  except: string | undefined,
): readonly Possible[] {
  const row = owned.get(id);
  const unowned = space.tenancy === 'routed' || state.adoptedBy === party.oid ? UNOWNED : ELSEWHERE;
  const present: Possible = row === undefined ? unowned : row.organization === party.oid ? row : ELSEWHERE;
  // A write whose id the service gives may have made any resource that nobody owns yet.
  const pending = intents.filter((intent) => intent.id === id || (row === undefined && intent.id.startsWith('?')));
  return [
    present,
    ...pending
      .filter((intent) => intent.token !== except)
      .map((intent) => (intent.organization === party.oid ? intent : ELSEWHERE)),
  ];
}
