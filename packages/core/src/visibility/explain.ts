import type { AllowRule, RefuseRule, ResourceAction, Verdict } from './decide.js';
import { HIDDEN } from './decide.js';
import { decideRow, isElsewhere } from './decide-row.js';
import type { Party } from './ownership.js';
import { plainRow } from './plain-row.js';
import type { ResourceShape } from './rules.js';

/** A decision with its reason, for operators and the audit record. Not for the caller: it tells of hidden rows. */
export interface Explanation {
  readonly type: string;
  readonly id: unknown;
  readonly identity: string | undefined;
  readonly action: ResourceAction;
  readonly allowed: boolean;
  readonly rule: AllowRule | RefuseRule;
  /** The rule in a sentence. */
  readonly because: string;
  /** Each of these alone would turn a refusal into a permission, or a permission into a refusal. */
  readonly changes: readonly string[];
  /** Identity that holds the lock in the way. */
  readonly holder?: string;
}

type Reason = Pick<Explanation, 'because' | 'changes'>;

const MISSING: Reason = { because: 'the resource is missing', changes: ['the resource being created'] };

const ELSEWHERE: Reason = {
  because: 'the resource belongs to another organization',
  changes: ['a credential of the organization it belongs to'],
};

const REFUSED: Readonly<Record<RefuseRule, Reason>> = {
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

/** Decides again, from the row as it is now, and says why. */
export function explainRow(
  shape: ResourceShape,
  party: Party | undefined,
  row: object | undefined,
  action: ResourceAction,
): Explanation {
  const verdict = party === undefined || row === undefined ? HIDDEN : decideRow(shape, party, row, action);
  return {
    type: shape.type,
    id: row === undefined ? undefined : Reflect.get(plainRow(row), shape.columns.id),
    identity: party?.identity,
    action,
    allowed: verdict.allowed,
    rule: verdict.rule,
    ...reasonOf(shape, party, row, action, verdict),
    ...(!verdict.allowed && verdict.holder !== undefined ? { holder: verdict.holder } : {}),
  };
}

function reasonOf(
  shape: ResourceShape,
  party: Party | undefined,
  row: object | undefined,
  action: ResourceAction,
  verdict: Verdict,
): Reason {
  if (verdict.allowed) return ALLOWED[action][verdict.rule];
  if (row === undefined) return MISSING;
  if (party === undefined || isElsewhere(shape, party, plainRow(row))) return ELSEWHERE;
  return REFUSED[verdict.rule];
}
