import { allow, type Outcome } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import type { ResourceAction, Verdict } from './decide.js';
import { lockedRefusal, type RefusalOptions } from './locked-refusal.js';

/** A requested write, to the service's own table or to a router behind a guard. */
export interface RequestedWrite {
  /**
   * Kind of write. The body of a `replace` or an `upsert` is the whole resource. The body of a `patch` contains only
   * the fields to change.
   */
  readonly kind: 'create' | 'upsert' | 'replace' | 'patch' | 'delete' | 'rename' | 'copy';
  /**
   * Version (etag) that the caller sent: none, any (`*`), or a specific version. A specific version has matched, has
   * not matched, or is compared later by the service (`unchecked`).
   */
  readonly version: 'none' | 'any' | 'matched' | 'mismatched' | 'unchecked';
  /** True if the caller sent `If-None-Match`, which allows the write only if the resource does not exist. */
  readonly onlyAbsent: boolean;
  readonly content: ContentChange;
}

/**
 * The effect of a request body on content. Content means the fields that the `secret` flair withholds from other keys.
 */
export interface ContentChange {
  /** True if the body contains any content. */
  readonly touched: boolean;
  /** True if no old content remains after the write. */
  readonly replaced: boolean;
}

/** Options of `admitWrite`. */
export interface AdmitOptions extends Pick<RefusalOptions, 'nameOf'> {
  /**
   * True if the caller has the `secret` flair. Then only the caller may read the content of resources that it creates.
   */
  readonly secret: boolean;
}

/**
 * Decides whether a write is allowed. Returns `create` if the write creates the resource, or `change` if it changes,
 * copies or removes an existing resource.
 *
 * This function decides every write to a router behind a guard, and every write to a service's own table. `decide`
 * returns the verdict for an action on the resource, and is not called if `exists` is false.
 *
 * A write to a hidden resource gets the same response as a write to a missing one, with one exception: a caller who
 * creates a resource under a chosen id learns that the id is taken.
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
    // A blind upsert (without an etag) chose an id that is taken. All other writes get the response for a missing
    // resource.
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
  // Comparing versions of withheld content would let the caller guess the content.
  if (!read.allowed && (version === 'matched' || version === 'unchecked')) return deny('ERR_ETAG_MISMATCH');
  if (kind === 'delete' || kind === 'rename') return allow('change');
  if (kind === 'upsert' && version === 'none' && secret && read.rule !== 'holder') return deny('ERR_NOT_SECRET_TO_YOU');
  const partial = kind === 'patch' ? content.touched : !content.replaced;
  return !read.allowed && partial ? deny('ERR_CONTENT_WITHHELD') : allow('change');
}

/**
 * Returns the kind of version that a caller sent. `etagMatched` is the result of comparing the caller's etag with the
 * current etag, or undefined if the caller sent no etag.
 */
export function requestedVersion(etagMatched: boolean | undefined, conditional: boolean): RequestedWrite['version'] {
  if (etagMatched === undefined) return conditional ? 'any' : 'none';
  return etagMatched ? 'matched' : 'mismatched';
}
