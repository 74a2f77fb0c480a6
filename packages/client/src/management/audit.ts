import { eachPage, entriesOf, type Page } from './pages.js';
import { path } from './path.js';
import type { CallOptions, Send } from './send.js';
import type { AuditEntry } from './wire.js';

/** Selects audit entries. An entry must match all given members. */
export interface AuditFilter {
  /** Identity of the actor; `-` for the command line. */
  readonly actor?: string;
  /** Public id of a key. Selects changes to the key and actions by the key. */
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

/** Selects one page of an audit. */
export interface AuditQuery extends AuditFilter {
  /** Maximum number of entries on the page. */
  readonly limit?: number;
  /** `next_cursor` of the previous page. */
  readonly cursor?: string;
}

/** One page of an audit. */
export interface AuditPage extends Page {
  readonly events: readonly AuditEntry[];
}

/** Creates the calls to read an organization's audit, newest entry first. All calls need `audit.get`. */
export function audit(send: Send) {
  const at = (oid: string) => path`/v1/orgs/${oid}/audit`;
  return Object.freeze({
    page: (oid: string, query: AuditQuery = {}, options?: CallOptions) =>
      send<AuditPage>({ method: 'GET', path: at(oid), query: toFields(query) }, options),
    /** Yields all entries that match the query. Each page is requested when it is needed. */
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
