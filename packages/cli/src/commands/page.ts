import type { Paged } from '@flairgate/core/administration';
import { z } from 'zod';
import type { CommandOption } from '../command.js';

/** The option `--cursor`, which requests the next page. */
export const cursorOption: CommandOption = { flags: '--cursor <cursor>', help: 'cursor of the previous page' };

/** Options of every paged list. */
export const pageOptions: readonly CommandOption[] = [
  { flags: '--limit <n>', help: 'largest number of entries (default: all)' },
  cursorOption,
];

/** Schema members for `pageOptions`. */
export const pageShape = { limit: z.coerce.number().optional(), cursor: z.string().optional() };

/** Returns the JSON member with the cursor of the next page. Empty on the last page. */
export function nextCursor({ cursor }: Paged<unknown>): { readonly cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}
