import { OptionError } from '../denial/errors.js';
import type { Issue } from '../denial/issue.js';

/** Limits for an integer, both inclusive. */
export interface IntegerBounds {
  readonly least: number;
  /** Largest allowed value. @default Number.MAX_SAFE_INTEGER */
  readonly most?: number;
}

/** True for an integer within the limits. */
export function isInteger(value: unknown, { least, most = Number.MAX_SAFE_INTEGER }: IntegerBounds): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
}

/**
 * Returns an integer option, or the fallback if the option is missing.
 *
 * @throws OptionError if the option is not an integer within the limits.
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

/**
 * Checks a value in the input of a command. Returns one issue if the value is not an integer within the limits.
 * Otherwise returns an empty list.
 */
export function integerIssues(field: string, value: unknown, bounds: IntegerBounds): readonly Issue[] {
  return isInteger(value, bounds) ? [] : [{ field, message: integerRule(bounds) }];
}

function integerRule({ least, most }: IntegerBounds): string {
  return most === undefined ? `must be an integer of at least ${least}` : `must be an integer from ${least} to ${most}`;
}
