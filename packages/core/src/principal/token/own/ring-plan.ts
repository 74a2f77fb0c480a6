import type { Millis } from '../../../store/columns.js';
import type { SigningKeyRow } from '../../../store/rows.js';
import type { RingAlgorithm } from './new-signing-key.js';

/** A row of the ring, and the moment from which nothing signed by it can still be alive. */
export interface PlannedKey {
  readonly row: SigningKeyRow;
  readonly verifyUntil: Millis;
}

/** Tokens may be minted by a process that has not heard of the next key, and clocks differ. */
const SLACK_MS = 300_000;

/** How long a superseded key verifies: while a token it signed may be alive. */
export function keepMsFor(maxTokenSeconds: number): number {
  return maxTokenSeconds * 1000 + SLACK_MS;
}

/**
 * Orders the keys of a ring that were not retired, oldest first.
 *
 * A key is superseded when the next one starts to sign; it verifies for `keepMs` more.
 */
export function planRing(rows: readonly SigningKeyRow[], keepMs: number): readonly PlannedKey[] {
  const live = rows.filter((row) => row.retiredAt === null).toSorted(byStart);
  return live.map((row, index) => {
    const next = live[index + 1];
    return { row, verifyUntil: next === undefined ? Number.POSITIVE_INFINITY : next.activeFrom + keepMs };
  });
}

/** The key that signs now: the newest one that has started, else the first that will. */
export function signingRow(plan: readonly PlannedKey[], now: Millis): SigningKeyRow | undefined {
  return (plan.findLast(({ row }) => row.activeFrom <= now) ?? plan[0])?.row;
}

/** The key that is published and does not sign yet. */
export function pendingRow(plan: readonly PlannedKey[], now: Millis): SigningKeyRow | undefined {
  return plan.findLast(({ row }) => row.activeFrom > now && row !== signingRow(plan, now))?.row;
}

/** Whether the ring has no key to sign with, or the newest is of another algorithm than the one wanted. */
export function needsKey(plan: readonly PlannedKey[], algorithm: RingAlgorithm): boolean {
  return plan.at(-1)?.row.algorithm !== algorithm;
}

/** Keys whose tokens have all expired. */
export function prunable(rows: readonly SigningKeyRow[], now: Millis, keepMs: number): readonly SigningKeyRow[] {
  const superseded = planRing(rows, keepMs).filter(({ verifyUntil }) => verifyUntil < now);
  const retired = rows.filter(({ retiredAt }) => retiredAt !== null && retiredAt + keepMs < now);
  return [...superseded.map(({ row }) => row), ...retired];
}

function byStart(left: SigningKeyRow, right: SigningKeyRow): number {
  return left.activeFrom - right.activeFrom || (left.kid < right.kid ? -1 : 1);
}
