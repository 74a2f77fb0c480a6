import { MAX_PAGE } from '@flairgate/core/administration';
import { z } from 'zod';
import { text, whole } from './schema.js';

/** Request fields of every route that lists pages. */
export const pageFields = {
  limit: whole().optional().describe(`Most entries, 1 to ${MAX_PAGE}`),
  cursor: text().optional().describe('The next_cursor of the previous page'),
};

/** Schema of the response member that contains the cursor of the next page. */
export const nextCursorField = {
  next_cursor: z.string().optional().describe('Cursor of the next page; absent on the last page'),
};

/** Returns an object with the member `next_cursor`, or an empty object on the last page. */
export function nextCursor({ cursor }: { readonly cursor?: string }): { next_cursor?: string } {
  return cursor === undefined ? {} : { next_cursor: cursor };
}
