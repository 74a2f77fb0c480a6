import type { CallOptions, Request, Send } from './send.js';

/** Members of every page of a list. */
export interface Page {
  /** Cursor of the next page. Absent on the last page. */
  readonly next_cursor?: string;
}

/** Reads a list page by page. Each page is requested when it is needed. */
export async function* eachPage<T extends object>(
  send: Send,
  request: Request,
  options?: CallOptions,
): AsyncGenerator<T & Page, void, undefined> {
  let cursor: string | undefined;
  do {
    const page: T & Page = await send<T & Page>({ ...request, query: { ...request.query, cursor } }, options);
    yield page;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

/** Reads every page and returns them as an array. */
export async function collectPages<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

/**
 * Merges the entries of several objects into one object. The result has no prototype, so that even an entry with the
 * name `__proto__` is stored as an ordinary member.
 */
export function mergeByName<T>(maps: readonly Readonly<Record<string, T>>[]): Readonly<Record<string, T>> {
  const all: Record<string, T> = Object.create(null);
  for (const map of maps) for (const [name, entry] of Object.entries(map)) all[name] = entry;
  return all;
}

/** Yields the entries of every page in order. */
export async function* entriesOf<P, T>(
  pages: AsyncIterable<P>,
  entries: (page: P) => readonly T[],
): AsyncGenerator<T, void, undefined> {
  for await (const page of pages) yield* entries(page);
}
