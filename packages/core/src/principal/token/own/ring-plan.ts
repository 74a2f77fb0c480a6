import type { Millis } from '../../../store/columns.js';
import type { SigningKeyRow } from '../../../store/rows.js';
import type { RingAlgorithm } from './new-signing-key.js';

/** A key of the signing ring, and the time from which all tokens that it signed have expired. */
export interface PlannedKey {
  readonly row: SigningKeyRow;
  readonly verifyUntil: Millis;
}

/**
 * Extra time during which a superseded key is kept, for processes that have not read the next key yet and for clock
 * differences.
 */
const SLACK_MS = 300_000;

/**
 * Returns how long, in milliseconds, a superseded key is kept for verification: until all tokens that it signed have
 * expired.
 */
export function keepMsFor(maxTokenSeconds: number): number {
  return maxTokenSeconds * 1000 + SLACK_MS;
}

/**
 * Orders the keys of a signing ring from oldest to newest, without retired keys.
 *
 * A key is superseded when the next key starts to sign. A superseded key verifies tokens for another `keepMs`
 * milliseconds.
 */
export function planRing(rows: readonly SigningKeyRow[], keepMs: number): readonly PlannedKey[] {
  const live = rows.filter((row) => row.retiredAt === null).toSorted(byStart);
  return live.map((row, index) => {
    const next = live[index + 1];
    return { row, verifyUntil: next === undefined ? Number.POSITIVE_INFINITY : next.activeFrom + keepMs };
  });
}

/** Returns the key that signs now: the newest active key, or the first key if none is active yet. */
export function signingRow(plan: readonly PlannedKey[], now: Millis): SigningKeyRow | undefined {
  return (plan.findLast(({ row }) => row.activeFrom <= now) ?? plan[0])?.row;
}

/** Returns the key that is published but does not sign yet. */
export function pendingRow(plan: readonly PlannedKey[], now: Millis): SigningKeyRow | undefined {
  return plan.findLast(({ row }) => row.activeFrom > now && row !== signingRow(plan, now))?.row;
}

/** True if the ring has no key, or if its newest key has an algorithm other than `algorithm`. */
export function needsKey(plan: readonly PlannedKey[], algorithm: RingAlgorithm): boolean {
  return plan.at(-1)?.row.algorithm !== algorithm;
}

/** Returns the keys that can be deleted, because all tokens that they signed have expired. */
export function prunable(rows: readonly SigningKeyRow[], now: Millis, keepMs: number): readonly SigningKeyRow[] {
  const superseded = planRing(rows, keepMs).filter(({ verifyUntil }) => verifyUntil < now);
  const retired = rows.filter(({ retiredAt }) => retiredAt !== null && retiredAt + keepMs < now);
  return [...superseded.map(({ row }) => row), ...retired];
}

function byStart(left: SigningKeyRow, right: SigningKeyRow): number {
  return left.activeFrom - right.activeFrom || (left.kid < right.kid ? -1 : 1);
}
