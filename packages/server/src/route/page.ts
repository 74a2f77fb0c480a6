import { MAX_PAGE } from '@flairgate/core/administration';
import { z } from 'zod';
import { text, whole } from './schema.js';

/** Fields of every list that comes in pages. */
export const pageFields = {
  limit: whole().optional().describe(`Most entries, 1 to ${MAX_PAGE}`),
  cursor: text().optional().describe('What the page before gave as next_cursor'),
};

/** The member of an answer that leads to the next page. */
export const nextCursorField = {
  next_cursor: z.string().optional().describe('Where the next page starts; absent at the end of the list'),
};

/** The member that leads to the next page, where there is one. */
export function nextCursor({ cursor }: { readonly cursor?: string }): { next_cursor?: string } {
  return cursor === undefined ? {} : { next_cursor: cursor };
}
