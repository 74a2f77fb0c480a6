import type { Paged } from '@flairgate/core/administration';
import { z } from 'zod';
import type { CommandOption } from '../command.js';

/** Option for the next page. */
export const cursorOption: CommandOption = { flags: '--cursor <cursor>', help: 'cursor of the previous page' };

/** The options of every list that comes in pages. */
export const pageOptions: readonly CommandOption[] = [
  { flags: '--limit <n>', help: 'largest number of entries (default: all)' },
  cursorOption,
];

/** The members of `pageOptions`, for the schema of a command. */
export const pageShape = { limit: z.coerce.number().optional(), cursor: z.string().optional() };

/** The member of the JSON object that leads to the next page, where there is one. */
export function nextCursor({ cursor }: Paged<unknown>): { readonly cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}
