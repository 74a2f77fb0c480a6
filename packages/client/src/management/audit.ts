import { eachPage, entriesOf, type Page } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { AuditEntry } from './wire.js';

/** Which page of an audit is read. */
export interface AuditQuery {
  /** Most entries of a page. */
  readonly limit?: number;
  /** What the page before gave as `next_cursor`. */
  readonly cursor?: string;
}

/** One page of an audit. */
export interface AuditPage extends Page {
  readonly events: readonly AuditEntry[];
}

/** Who did what in an organization, newest first. Needs `audit.get`. */
export function audit(send: Send) {
  const at = (oid: string) => path`/v1/orgs/${oid}/audit`;
  return Object.freeze({
    page: (oid: string, query: AuditQuery = {}, options?: CallOptions) =>
      send<AuditPage>({ method: 'GET', path: at(oid), query: { ...query } }, options),
    /** Gives every entry; pages are read as they are needed. */
    entries: (oid: string, { limit }: Pick<AuditQuery, 'limit'> = {}, options?: CallOptions) =>
      entriesOf(
        eachPage<AuditPage>(send, { method: 'GET', path: at(oid), query: { limit } }, options),
        (page) => page.events,
      ),
  });
}
