import { allow, type Outcome } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import type { ResourceAction, Verdict } from './decide.js';
import { lockedRefusal, type RefusalOptions } from './locked-refusal.js';

/** A write as it was asked for, whoever keeps the ownership: the service's own table, or a guard. */
export interface RequestedWrite {
  /** `replace` and `upsert` carry the whole resource, `patch` the fields to change. */
  readonly kind: 'create' | 'upsert' | 'replace' | 'patch' | 'delete' | 'rename' | 'copy';
  /** Version the caller named: none, `*`, or one, which was compared or is still to be compared by the service. */
  readonly version: 'none' | 'any' | 'matched' | 'mismatched' | 'unchecked';
  /** `If-None-Match`: only if there is nothing yet. */
  readonly onlyAbsent: boolean;
  readonly content: ContentChange;
}

/** What the body of a write does to content. */
export interface ContentChange {
  /** It says something of content. */
  readonly touched: boolean;
  /** It leaves nothing of the old content in place. */
  readonly replaced: boolean;
}

/** Options of `admitWrite`. */
export interface AdmitOptions extends Pick<RefusalOptions, 'nameOf'> {
  /** True if what the caller creates is secret to it. */
  readonly secret: boolean;
}

/**
 * Decides whether a write may go on: it creates the resource, or changes (copies, removes) the one that is there.
 *
 * The one decision about writes. `decide` answers for the resource, wherever its ownership is kept, and is not asked
 * where `exists` is false. A hidden resource gets the answer of a missing one, except where the caller chose its id.
 */
export function admitWrite(
  decide: (action: ResourceAction) => Verdict,
  exists: boolean,
  write: RequestedWrite,
  options: AdmitOptions,
): Outcome<'create' | 'change'> {
  if (write.kind === 'create') return exists ? deny('ERR_RESOURCE_EXISTS') : allow('create');
  if (!exists) return admitAbsent(write, 'missing');
  if (!decide('know').allowed) {
    const absent = admitAbsent(write, 'hidden');
    // A blind upsert chose an id that is taken. Every other write gets the answer of a missing resource.
    return absent.allowed ? deny('ERR_RESOURCE_EXISTS', { reason: 'hidden' }) : absent;
  }
  if (write.onlyAbsent) return deny('ERR_ETAG_MISMATCH');
  if (write.kind === 'copy') return decide('read').allowed ? allow('change') : deny('ERR_CONTENT_WITHHELD');
  return admitPresent(decide, write, options);
}

function admitAbsent({ kind, version }: RequestedWrite, reason: 'missing' | 'hidden'): Outcome<'create'> {
  if (kind !== 'upsert') return deny('ERR_NOT_FOUND', { reason });
  return version === 'none' ? allow('create') : deny('ERR_ETAG_MISMATCH', { reason });
}

function admitPresent(
  decide: (action: ResourceAction) => Verdict,
  { kind, version, content }: RequestedWrite,
  { secret, nameOf }: AdmitOptions,
): Outcome<'change'> {
  const verdict = decide('update');
  if (!verdict.allowed) return lockedRefusal(verdict, nameOf);
  const read = decide('read');
  if (version === 'mismatched') return deny('ERR_ETAG_MISMATCH');
  // A version of withheld content would be a guess at it.
  if (!read.allowed && (version === 'matched' || version === 'unchecked')) return deny('ERR_ETAG_MISMATCH');
  if (kind === 'delete' || kind === 'rename') return allow('change');
  if (kind === 'upsert' && version === 'none' && secret && read.rule !== 'holder') return deny('ERR_NOT_SECRET_TO_YOU');
  const partial = kind === 'patch' ? content.touched : !content.replaced;
  return !read.allowed && partial ? deny('ERR_CONTENT_WITHHELD') : allow('change');
}

/** Returns the version a caller named, as far as the service has compared it with the row. */
export function requestedVersion(etagMatched: boolean | undefined, conditional: boolean): RequestedWrite['version'] {
  if (etagMatched === undefined) return conditional ? 'any' : 'none';
  return etagMatched ? 'matched' : 'mismatched';
}
