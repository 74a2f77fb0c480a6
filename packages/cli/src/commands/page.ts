import type { Paged } from '@flairgate/core/administration';
import { z } from 'zod';
import type { CommandOption } from '../command.js';

/** The option `--cursor`, which requests the next page. */
export const cursorOption: CommandOption = { flags: '--cursor <cursor>', help: 'cursor of the previous page' };

/** Options of every command that can list items page by page. */
export const pageOptions: readonly CommandOption[] = [
  { flags: '--limit <n>', help: 'largest number of entries (default: all)' },
  cursorOption,
];

/** Schema members for `pageOptions`. */
export const pageShape = { limit: z.coerce.number().optional(), cursor: z.string().optional() };

/**
 * Returns an object with the cursor of the next page, to be added to the JSON of a list. The object is empty on the
 * last page.
 */
export function nextCursor({ cursor }: Paged<unknown>): { readonly cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}
