import { eachPage, entriesOf, type Page } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { AuditEntry } from './wire.js';

/** Selection of a page of an audit. */
export interface AuditQuery {
  /** Largest number of entries on the page. */
  readonly limit?: number;
  /** `next_cursor` of the previous page. */
  readonly cursor?: string;
}

/** One page of an audit. */
export interface AuditPage extends Page {
  readonly events: readonly AuditEntry[];
}

/** Calls to read the audit of an organization, newest entry first. All need `audit.get`. */
export function audit(send: Send) {
  const at = (oid: string) => path`/v1/orgs/${oid}/audit`;
  return Object.freeze({
    page: (oid: string, query: AuditQuery = {}, options?: CallOptions) =>
      send<AuditPage>({ method: 'GET', path: at(oid), query: { ...query } }, options),
    /** Yields every entry. Each page is requested when it is needed. */
    entries: (oid: string, { limit }: Pick<AuditQuery, 'limit'> = {}, options?: CallOptions) =>
      entriesOf(
        eachPage<AuditPage>(send, { method: 'GET', path: at(oid), query: { limit } }, options),
        (page) => page.events,
      ),
  });
}
