import type { CallOptions, Request, Send } from './send.js';

/** What every answer of a paged list may have. */
export interface Page {
  /** Leads to the next page; absent on the last one. */
  readonly next_cursor?: string;
}

/** Reads a list page by page, each when it is asked for. */
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

/** Reads every page. */
export async function collectPages<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

/** Joins maps by name. The result has no prototype, so that every name is an entry, `__proto__` too. */
export function mergeByName<T>(maps: readonly Readonly<Record<string, T>>[]): Readonly<Record<string, T>> {
  const all: Record<string, T> = Object.create(null);
  for (const map of maps) for (const [name, entry] of Object.entries(map)) all[name] = entry;
  return all;
}

/** Gives the entries of every page, one after the other. */
export async function* entriesOf<P, T>(
  pages: AsyncIterable<P>,
  entries: (page: P) => readonly T[],
): AsyncGenerator<T, void, undefined> {
  for await (const page of pages) yield* entries(page);
}
