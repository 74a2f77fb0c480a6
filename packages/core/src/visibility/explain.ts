import type { Denial } from '../denial/denial.js';
import type { AllowRule, Explanation, RefuseRule, ResourceAction } from '../denial/explanation.js';
import type { OrganizationCaller } from '../principal/organization-caller.js';
import { HIDDEN, type Verdict } from './decide.js';
import { decideRow, isElsewhere } from './rows/decide-row.js';
import { plainRow } from './rows/plain-row.js';
import type { ResourceShape } from './shape.js';

type Reason = Pick<Explanation, 'because' | 'changes'>;

const MISSING_RESOURCE: Reason = { because: 'the resource is missing', changes: ['the resource being created'] };

const ELSEWHERE: Reason = {
  because: 'the resource belongs to another organization',
  changes: ['a credential of the organization it belongs to'],
};

const REFUSAL_REASONS: Readonly<Record<RefuseRule, Reason>> = {
  hidden: {
    because: 'the caller has `segment` and did not create the resource',
    changes: ['a key without `segment`', 'the key that created it', 'the flair `root`'],
  },
  withheld: {
    because: 'the content is secret to another key; `root` does not change this',
    changes: ['the key it is secret to'],
  },
  locked: {
    because: 'another key holds the lock',
    changes: ['the key that holds the lock', 'the flair `root`', 'the lock being released or transferred'],
  },
};

const KNOW_ALLOWED: Readonly<Record<AllowRule, Reason>> = {
  open: { because: 'the caller has no `segment`', changes: ['the flair `segment`, unless the caller created it'] },
  creator: { because: 'the caller created the resource', changes: ['another creator'] },
  holder: { because: 'the caller holds the resource', changes: [] },
  root: { because: 'the caller has `root`, which passes `segment`', changes: ['losing the flair `root`'] },
};

const READ_ALLOWED: Readonly<Record<AllowRule, Reason>> = {
  ...KNOW_ALLOWED,
  open: { because: 'the content is secret to nobody', changes: ['the content being secret to another key'] },
  holder: {
    because: 'the content is secret to the caller',
    changes: ['the secret not continuing when the key is replaced'],
  },
};

const WRITE_ALLOWED: Readonly<Record<AllowRule, Reason>> = {
  ...KNOW_ALLOWED,
  open: { because: 'nobody holds the lock', changes: ['another key locking it first'] },
  holder: { because: 'the caller holds the lock', changes: ['the lock being transferred to another key'] },
  root: { because: 'the caller has `root`, which passes a lock', changes: ['losing the flair `root`'] },
};

const ALLOWED: Readonly<Record<ResourceAction, Readonly<Record<AllowRule, Reason>>>> = {
  know: KNOW_ALLOWED,
  read: READ_ALLOWED,
  update: WRITE_ALLOWED,
  delete: WRITE_ALLOWED,
};

/** Decides whether a caller may perform an action on the current row, and explains the decision. */
export function explainRow(
  shape: ResourceShape,
  caller: OrganizationCaller | undefined,
  row: object | undefined,
  action: ResourceAction,
): Explanation {
  const verdict = caller === undefined || row === undefined ? HIDDEN : decideRow(shape, caller, row, action);
  const id = row === undefined ? undefined : Reflect.get(plainRow(row), shape.columns.id);
  const asked = { type: shape.type, id, identity: caller?.identity, action };
  if (row === undefined) return explainVerdict(asked, verdict, 'nowhere');
  const elsewhere = caller === undefined || isElsewhere(shape, caller, plainRow(row));
  return explainVerdict(asked, verdict, elsewhere ? 'elsewhere' : 'here');
}

/**
 * Explains a verdict. `place` is `here` for a resource in the caller's organization, `elsewhere` for a resource in any
 * other organization, and `nowhere` for a missing resource.
 */
export function explainVerdict(
  asked: Pick<Explanation, 'type' | 'id' | 'identity' | 'action'>,
  verdict: Verdict,
  place: 'here' | 'elsewhere' | 'nowhere',
): Explanation {
  return {
    ...asked,
    allowed: verdict.allowed,
    rule: verdict.rule,
    ...reasonOf(asked.action, verdict, place),
    ...(!verdict.allowed && verdict.holder !== undefined ? { holder: verdict.holder } : {}),
  };
}

function reasonOf(action: ResourceAction, verdict: Verdict, place: 'here' | 'elsewhere' | 'nowhere'): Reason {
  if (verdict.allowed) return ALLOWED[action][verdict.rule];
  if (place === 'nowhere') return MISSING_RESOURCE;
  return place === 'elsewhere' ? ELSEWHERE : REFUSAL_REASONS[verdict.rule];
}

/**
 * True if the explanation says that the resource is missing or belongs to an organization other than the caller's. The
 * caller must not learn which of the two is true.
 */
export function isAbsent({ because }: Explanation): boolean {
  return because === MISSING_RESOURCE.because || because === ELSEWHERE.because;
}

/** Adds an explanation to a denial. Operators see the explanation, and the caller does not. */
export function explained(denial: Denial, explanation: Explanation, caller: OrganizationCaller | undefined): Denial {
  return { ...denial, explanation, ...(caller === undefined ? {} : { organization: caller.oid }) };
}
