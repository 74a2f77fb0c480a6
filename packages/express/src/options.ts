import { OptionError } from '@flairgate/core';

/**
 * Returns the value of an option that must be one of the known values. Returns the first known value if the option is
 * missing.
 *
 * @throws OptionError
 */
export function oneOf<const T extends string | number>(option: string, given: unknown, known: readonly [T, ...T[]]): T {
  if (given === undefined) return known[0];
  const found = known.find((word) => word === given);
  if (found === undefined) throw new OptionError(`${option}: must be one of ${known.join(', ')}`);
  return found;
}

/**
 * Returns the value of an option that must be a boolean. Returns false if the option is missing.
 *
 * @throws OptionError
 */
export function flag(option: string, given: unknown): boolean {
  if (given === undefined) return false;
  if (typeof given !== 'boolean') throw new OptionError(`${option}: must be true or false`);
  return given;
}

/**
 * Returns the value of an option that must be a function. Returns undefined if the option is missing.
 *
 * @throws OptionError
 */
export function optionalFunction<F>(option: string, given: F | undefined): F | undefined {
  if (given !== undefined && typeof given !== 'function') throw new OptionError(`${option}: must be a function`);
  return given;
}

/**
 * Returns an object of options, or an empty object if the option is missing.
 *
 * @throws OptionError
 */
export function optionObject<O extends object>(option: string, given: O | undefined): Partial<O> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new OptionError(`${option}: must be an object of options`);
  }
  return given;
}
