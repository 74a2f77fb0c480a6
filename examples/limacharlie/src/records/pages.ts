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
  for (let after: string | undefined; ; ) {
    const sized = await sizes(after, PAGE_ROWS);
    const page: Sized[] = [];
    let bytes = 0;
    for (const row of sized) {
      bytes += Number(row.bytes ?? 0);
      if (page.length > 0 && bytes > PAGE_BYTES) break;
      page.push(row);
    }
    const [first, last] = [page[0], page.at(-1)];
    if (first === undefined || last === undefined) return;
    yield await rows(first.id, last.id);
    after = last.id;
    if (sized.length < PAGE_ROWS && page.length === sized.length) return;
  }
}

/** What there is of one kind in one organization. */
export interface Held {
  readonly rows: number | string;
  readonly bytes: number | string | null;
}
