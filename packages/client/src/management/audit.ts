import { eachPage, entriesOf, type Page } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { AuditEntry } from './wire.js';

/** Selection of entries of an audit. Each member that is given narrows it. */
export interface AuditFilter {
  /** Identity of the actor; `-` for the command line. */
  readonly actor?: string;
  /** Public id of a key: what was done to it, and what it did. */
  readonly keyHash?: string;
  /** Action, such as `key.create`. */
  readonly action?: string;
  /** Outcome: `done`, `not-done` or `refused`. */
  readonly outcome?: string;
  /** Earliest time, in Unix seconds. */
  readonly from?: number;
  /** Latest time, in Unix seconds. */
  readonly to?: number;
}

/** Selection of a page of an audit. */
export interface AuditQuery extends AuditFilter {
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
      send<AuditPage>({ method: 'GET', path: at(oid), query: toFields(query) }, options),
    /** Yields every entry. Each page is requested when it is needed. */
    entries: (oid: string, query: Omit<AuditQuery, 'cursor'> = {}, options?: CallOptions) =>
      entriesOf(
        eachPage<AuditPage>(send, { method: 'GET', path: at(oid), query: toFields(query) }, options),
        (page) => page.events,
      ),
  });
}

function toFields({ keyHash, ...query }: AuditQuery): Readonly<Record<string, string | number | undefined>> {
  return { ...query, key_hash: keyHash };
}
