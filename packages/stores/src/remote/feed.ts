import { UnavailableError } from '@flairgate/core';
import type { ChangePage, FeedChange } from '@flairgate/core/administration';
import type { JsonObject, RevisionSnapshot } from '@flairgate/core/internal';
import type { RemoteStore } from '@flairgate/core/store';
import { parseChangePage } from './change-page.js';
import { type FeedPosition, type FeedRequest, feedPath } from './feed-request.js';
import { watchFeed } from './watch-feed.js';

export interface FeedOptions {
  readonly timeoutMs: number;
  /** Sends a request to the issuer. @throws Error if there is no valid response */
  get(path: string, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<JsonObject>;
}

export interface Feed extends Pick<RemoteStore, 'organizations' | 'onPush'> {
  pull(after: number | undefined): Promise<RevisionSnapshot>;
  close(): void;
}

/** Maximum number of pages in one pull (a read of all new changes), enough for fifty million changes. */
const MAX_PAGES = 10_000;

/**
 * Creates a reader for the change feed of the issuer, the Flairgate instance that stores the keys. Regular pulls (reads
 * of all new changes) keep what this process knows within the maximum staleness. A long poll delivers changes sooner.
 */
export function createFeed({ get, timeoutMs }: FeedOptions): Feed {
  const closing = new AbortController();
  let place: FeedPosition | undefined;
  let served: ChangePage['organizations'] | undefined;
  const ask = async (input: FeedRequest, signal: AbortSignal): Promise<ChangePage> => {
    const patience = timeoutMs + (input.waitSeconds ?? 0) * 1000;
    const page = parseChangePage(await get(feedPath(input), { timeoutMs: patience, signal }));
    if (page === undefined) throw new Error('the change feed of the issuer is not understood');
    return page;
  };
  const pull = async (after: number | undefined): Promise<RevisionSnapshot> => {
    try {
      const snapshot = await readPages((input) => ask(input, closing.signal), { inc: place?.inc, after });
      // If the service key now serves more organizations than before, the issuer has not sent the earlier changes to
      // the added organizations.
      if (served !== undefined && !isSamePage(served, snapshot.organizations))
        throw new Error('the service key changed');
      served = snapshot.organizations;
      place = { inc: snapshot.incarnation, n: snapshot.n };
      return snapshot;
    } catch (error) {
      throw error instanceof UnavailableError ? error : new UnavailableError('store', error);
    }
  };
  return {
    pull,
    organizations: () => served,
    onPush: (wake) => watchFeed({ ask, placeNow: () => place, wake, closing: closing.signal }),
    close: () => closing.abort(new Error('the remote store is closed')),
  };
}

type FeedSnapshot = RevisionSnapshot & Pick<ChangePage, 'organizations'>;

/**
 * Reads all pages of new changes, up to the issuer's current revision.
 *
 * The result is as old as the last page: every change made before the last page was requested is on one of the pages.
 * The issuer responds to these requests immediately. The caller therefore adds the duration of the requests to the age.
 */
async function readPages(
  ask: (input: FeedRequest) => Promise<ChangePage>,
  { inc, after }: Pick<FeedRequest, 'inc' | 'after'>,
): Promise<FeedSnapshot> {
  const changes: FeedChange[] = [];
  let page = await ask(after === undefined ? {} : { inc, after });
  const first = page;
  for (let pages = 1; ; pages += 1) {
    changes.push(...page.changes);
    if (!page.more) break;
    if (pages === MAX_PAGES) throw new Error('the change feed of the issuer has no end');
    const from = page.n;
    page = await ask({ inc: first.inc, after: from });
    if (page.inc !== first.inc) throw new Error('the issuer was restored meanwhile');
    if (page.n <= from) throw new Error('the change feed of the issuer does not go on');
  }
  const { n, prunedTo, organizations, ageMs } = page;
  if (pagesLost(first, page, after)) throw new Error('changes were pruned meanwhile');
  const rows = changes.map((change) => ({ ...change, at: 0 }));
  return { incarnation: first.inc, n, prunedTo, changes: rows, organizations, ageMs };
}

/** True if changes may be missing, because the issuer deleted old changes after it sent the first page. */
function pagesLost(first: ChangePage, last: ChangePage, after: number | undefined): boolean {
  return first !== last && last.prunedTo > Math.max(first.prunedTo, after ?? 0);
}

function isSamePage(a: ChangePage['organizations'], b: ChangePage['organizations']): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
