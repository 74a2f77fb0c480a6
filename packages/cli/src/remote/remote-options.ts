import { OptionError } from '@flairgate/core';
import { z } from 'zod';
import type { GivenOptions } from '../resolve-names.js';

/** The user of the key that calls. */
const SELF = 'me';

/** @throws OptionError for an option that no route has. */
export function assertAbsent(options: GivenOptions, names: readonly string[]): void {
  for (const name of names) {
    const value = options[name];
    const isAbsent = value === undefined || value === false || (Array.isArray(value) && value.length === 0);
    if (!isAbsent) throw new OptionError(`${flagOf(name)}: cannot be used with --url`);
  }
}

/** Returns true if `--user` names the caller. @throws OptionError for another user, whose keys no route shows. */
export function isSelf(user: string | undefined): boolean {
  if (user === undefined) return false;
  if (user === SELF) return true;
  throw new OptionError('--user: must be `me` with --url, because only you can manage your own keys');
}

/** Returns the organization of a command that needs one over HTTP. @throws OptionError */
export function neededOrganization(org: string | undefined | null): string {
  if (typeof org === 'string') return org;
  throw new OptionError('--org: must be given with --url');
}

/** Returns the first entries of a list that was read whole. @throws OptionError for a cursor. */
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

/** Returns an option as it is written on the command line. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Returns a time in whole seconds, as the routes take it. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
