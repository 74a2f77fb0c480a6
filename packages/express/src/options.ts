import { OptionError } from '@flairgate/core';

/** A whole number in a range, or its default where the option is not given. */
export function wholeNumber(
  option: string,
  given: unknown,
  { least, most, fallback }: { readonly least: number; readonly most: number; readonly fallback: number },
): number {
  const value = given ?? fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new OptionError(`${option}: write a whole number from ${least} to ${most}`);
}

/** One of the known words; the first is the default. */
export function oneOf<const T extends string | number>(option: string, given: unknown, known: readonly [T, ...T[]]): T {
  if (given === undefined) return known[0];
  const found = known.find((word) => word === given);
  if (found === undefined) throw new OptionError(`${option}: write one of ${known.join(', ')}`);
  return found;
}

/** True or false; false where the option is not given. */
export function flag(option: string, given: unknown): boolean {
  if (given === undefined) return false;
  if (typeof given !== 'boolean') throw new OptionError(`${option}: write true or false`);
  return given;
}

/** A function, or undefined where the option is not given. */
export function optionalFunction<F>(option: string, given: F | undefined): F | undefined {
  if (given !== undefined && typeof given !== 'function') throw new OptionError(`${option}: write a function`);
  return given;
}

/** An object of options; an empty one where none is given. */
export function optionObject<O extends object>(option: string, given: O | undefined): Partial<O> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null) throw new OptionError(`${option}: write an object of options`);
  return given;
}
