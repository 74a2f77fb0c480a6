import { eachPage, entriesOf, type Page } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';

/** Selection of usage. Days are text such as `2026-11-30`, in UTC. */
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
  /** Name of the key, for people; null if it is gone. */
  readonly ident: string | null;
  readonly day: string;
  readonly calls: number;
  /** Refusals, without those by a call limit. */
  readonly denials: number;
  /** Refusals by a call limit. */
  readonly limited: number;
  /** Number of requests that used each permission. */
  readonly permissions: Readonly<Record<string, number>>;
}

interface UsagePage extends Page {
  readonly usage: readonly UsageEntry[];
}

/** Creates the call that yields the usage of keys by day, oldest day first. It needs `audit.get`. */
export function usage(send: Send) {
  return (oid: string, { keyHash, ...days }: UsageQuery = {}, options?: CallOptions) => {
    const query = { ...days, key_hash: keyHash, limit: 1000 };
    const pages = eachPage<UsagePage>(send, { method: 'GET', path: path`/v1/orgs/${oid}/usage`, query }, options);
    return entriesOf(pages, (page) => page.usage);
  };
}
