import { OptionError } from '@flairgate/core';
import { z } from 'zod';
import type { GivenOptions } from '../resolve-names.js';

/** Value of `--user` that means the user who owns the key that calls the service. */
const SELF = 'me';

/** Asserts that none of these options is given, because no route of the service supports them. @throws OptionError */
export function assertAbsent(options: GivenOptions, names: readonly string[]): void {
  for (const name of names) {
    const value = options[name];
    const isAbsent = value === undefined || value === false || (Array.isArray(value) && value.length === 0);
    if (!isAbsent) throw new OptionError(`${flagOf(name)}: cannot be used with --url`);
  }
}

/**
 * True if `--user` is `me`, which means the caller. False if the option is not given.
 *
 * @throws OptionError for any other user, because no route shows the keys of a user other than the caller.
 */
export function isSelf(user: string | undefined): boolean {
  if (user === undefined) return false;
  if (user === SELF) return true;
  throw new OptionError('--user: must be `me` with --url, because only you can manage your own keys');
}

/**
 * Returns the organization for a command that needs one over HTTP.
 *
 * @throws OptionError if the organization is missing.
 */
export function neededOrganization(org: string | undefined | null): string {
  if (typeof org === 'string') return org;
  throw new OptionError('--org: must be given with --url');
}

/** Returns the first `limit` items of a list that was read completely. @throws OptionError if a cursor is given. */
export function firstOf<T>(
  items: readonly T[],
  { limit, cursor }: { limit?: number | undefined; cursor?: string | undefined },
) {
  assertAbsent({ cursor }, ['cursor']);
  if (limit === undefined) return items;
  const parsed = z.int().min(1).safeParse(limit);
  if (!parsed.success) throw new OptionError('--limit: must be an integer from 1');
  return items.slice(0, parsed.data);
}

/** Returns the command-line flag of an option, such as `--key-file` for `keyFile`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Converts milliseconds to the whole seconds that routes expect. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
