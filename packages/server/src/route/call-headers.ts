import type { IncomingHttpHeaders } from 'node:http';
import { allow, type Outcome } from '@flairgate/core';
import { ABSENT, type ExpectedVersion } from '@flairgate/core/administration';
import { denyFields } from './fields.js';

/** Headers of a request other than its credential. */
export interface CallHeaders {
  /** Value of the header `If-Match`, unchanged. */
  readonly ifMatch: string | undefined;
  /** Value of the header `If-None-Match`, unchanged. */
  readonly ifNoneMatch: string | undefined;
  /** Value of the header `Idempotency-Key`, or of `x-idempotent-key`, which LimaCharlie's Go client sends instead. */
  readonly idempotencyKey: string | undefined;
  /** Value of the header `X-Reason`: the reason for a command. The audit stores this reason. */
  readonly reason: string | undefined;
}

const PRINTABLE = /^[\x20-\x7e]+$/;

const MAX_HEADER_CHARACTERS = 255;

/** Reads the headers that routes use. A value that is too long or not printable ASCII is refused, never truncated. */
export function readCallHeaders(headers: IncomingHttpHeaders): Outcome<CallHeaders> {
  const ifMatch = one(headers['if-match']);
  const ifNoneMatch = one(headers['if-none-match']);
  const keys = [headers['idempotency-key'], headers['x-idempotent-key']].map(one).filter((key) => key !== undefined);
  const reason = one(headers['x-reason']);
  for (const [field, values] of Object.entries({ if_match: [ifMatch], idempotency_key: keys, x_reason: [reason] })) {
    if (!values.every(isPrintable))
      return denyFields([{ field, message: `must be 1 to ${MAX_HEADER_CHARACTERS} printable ASCII characters` }]);
  }
  const [idempotencyKey, other] = keys;
  if (other !== undefined && other !== idempotencyKey) {
    return denyFields([{ field: 'idempotency_key', message: 'must be sent once' }]);
  }
  return allow({ ifMatch, ifNoneMatch, idempotencyKey, reason });
}

/**
 * Returns the version that an object must have for a change. This is the version in `If-Match`, or any version for
 * `If-Match: *`. For `If-None-Match: *`, the object must not exist.
 *
 * Any other `If-None-Match`, or a request with both headers, matches no version, so the change is refused.
 */
export function expectedVersion({ ifMatch, ifNoneMatch }: CallHeaders): ExpectedVersion {
  if (ifNoneMatch !== undefined) return ifMatch === undefined && ifNoneMatch.trim() === '*' ? ABSENT : '';
  if (ifMatch === undefined) return undefined;
  if (ifMatch.trim() === '*') return '*';
  // A weak tag never matches (RFC 9110 section 13.1.1). Nor does a list, because it is unclear which version the caller
  // has read.
  return /^"([\w-]{1,64})"$/.exec(ifMatch.trim())?.[1] ?? '';
}

function isPrintable(value: string | undefined): boolean {
  return value === undefined || (value.length <= MAX_HEADER_CHARACTERS && PRINTABLE.test(value));
}

/**
 * Returns the value of a header. For a repeated header, returns all its values, joined with line breaks. The joined
 * text contains a line break, so it is refused or matches no version.
 */
function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join('\n') : value;
}
