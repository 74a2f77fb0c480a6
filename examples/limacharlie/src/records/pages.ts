import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';

/** Bytes of content that are read at once; one row may be more. */
const PAGE_BYTES = 1024 * 1024;

/** Rows whose sizes are read at once. */
const PAGE_ROWS = 256;

/** The place of a row in its list, and how much it holds. */
export interface Sized {
  readonly id: string;
  readonly bytes: number | string | null;
}

/** The bytes of a column of text, without reading the text. */
export const bytesOf = (column: string) => sql<number>`octet_length(${sql.ref(column)})`;

/**
 * Gives the rows of a list page by page, so that few are in memory at once.
 *
 * `sizes` gives some places after the last one, `rows` the rows from the first to the last of them.
 */
export async function* inPages<R>(
  sizes: (after: string | undefined, limit: number) => Promise<readonly Sized[]>,
  rows: (first: string, last: string) => Promise<readonly R[]>,
): AsyncGenerator<readonly R[]> {
  let sized: readonly Sized[];
  let after: string | undefined;
  do {
    sized = await sizes(after, PAGE_ROWS);
    for (const [first, last] of splitBySize(sized)) {
      yield await rows(first, last);
      // An embedded database answers at once: others must have their turn.
      await setImmediate();
    }
    after = sized.at(-1)?.id;
  } while (sized.length === PAGE_ROWS);
}

/** The first and the last place of each page. */
function splitBySize(sized: readonly Sized[]): readonly (readonly [first: string, last: string])[] {
  const pages: [string, string][] = [];
  let room = 0;
  for (const { id, bytes } of sized) {
    const held = Number(bytes ?? 0);
    const page = pages.at(-1);
    if (page === undefined || held > room) {
      pages.push([id, id]);
      room = PAGE_BYTES;
    } else {
      page[1] = id;
    }
    room -= held;
  }
  return pages;
}

/** Numbers of the records of one kind in one organization. */
export interface Held {
  readonly rows: number | string;
  readonly bytes: number | string | null;
}
