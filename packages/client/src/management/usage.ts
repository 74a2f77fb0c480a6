import { eachPage, entriesOf, type Page } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';

/** Selects usage data. Days are UTC dates such as `2026-11-30`. */
export interface UsageQuery {
  /** First day. @default 30 days ago */
  readonly from?: string;
  /** Last day. @default today */
  readonly to?: string;
  /** Public id of a key. @default all keys */
  readonly keyHash?: string;
}

/** Usage of one key on one day. */
export interface UsageEntry {
  readonly key_hash: string;
  /** Display name of the key. Null if the key no longer exists. */
  readonly ident: string | null;
  readonly day: string;
  readonly calls: number;
  /** Number of refused requests, except those that a call limit (rate limit) refused. */
  readonly denials: number;
  /** Number of requests that a call limit (rate limit) refused. */
  readonly limited: number;
  /** Number of requests that used each permission. */
  readonly permissions: Readonly<Record<string, number>>;
}

interface UsagePage extends Page {
  readonly usage: readonly UsageEntry[];
}

/** Creates the call that yields the daily usage of keys, oldest day first. The call needs `audit.get`. */
export function usage(send: Send) {
  return (oid: string, { keyHash, ...days }: UsageQuery = {}, options?: CallOptions) => {
    const query = { ...days, key_hash: keyHash, limit: 1000 };
    const pages = eachPage<UsagePage>(send, { method: 'GET', path: path`/v1/orgs/${oid}/usage`, query }, options);
    return entriesOf(pages, (page) => page.usage);
  };
}
