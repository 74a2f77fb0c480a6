import { OptionError } from '../denial/errors.js';
import type { Issue } from '../denial/issue.js';

/** Bounds of an integer, both included. */
export interface IntegerBounds {
  readonly least: number;
  /** @default the largest integer that a number holds exactly */
  readonly most?: number;
}

/** True for an integer within the bounds. */
export function isInteger(value: unknown, { least, most = Number.MAX_SAFE_INTEGER }: IntegerBounds): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
}

/**
 * Returns an integer option, or the fallback if it is missing.
 *
 * @throws OptionError
 */
export function parseInteger(
  option: string,
  given: unknown,
  bounds: IntegerBounds & { readonly fallback?: number },
): number {
  const value = given ?? bounds.fallback;
  if (isInteger(value, bounds)) return value;
  throw new OptionError(`${option}: ${integerRule(bounds)}`);
}

/** Returns the issues of an integer in the input of a command: one, or none. */
export function integerIssues(field: string, value: unknown, bounds: IntegerBounds): readonly Issue[] {
  return isInteger(value, bounds) ? [] : [{ field, message: integerRule(bounds) }];
}

function integerRule({ least, most }: IntegerBounds): string {
  return most === undefined ? `must be an integer of at least ${least}` : `must be an integer from ${least} to ${most}`;
}
