import type { IncomingHttpHeaders } from 'node:http';
import { allow, type Outcome } from '@flairgate/core';
import { ABSENT, type ExpectedVersion } from '@flairgate/core/administration';
import { denyFields } from './fields.js';

/** Headers of a request other than its credential. */
export interface CallHeaders {
  /** `If-Match`, as it came. */
  readonly ifMatch: string | undefined;
  /** `If-None-Match`, as it came. */
  readonly ifNoneMatch: string | undefined;
  /** `Idempotency-Key`, or `x-idempotent-key` as LimaCharlie's Go client calls it. */
  readonly idempotencyKey: string | undefined;
  /** `X-Reason`: why a command is given, for the audit. */
  readonly reason: string | undefined;
}

const PRINTABLE = /^[\x20-\x7e]+$/;

const MAX_CHARACTERS = 255;

/** Reads the headers that routes know. What is too long or not printable ASCII is refused, never cut. */
export function readCallHeaders(headers: IncomingHttpHeaders): Outcome<CallHeaders> {
  const ifMatch = one(headers['if-match']);
  const ifNoneMatch = one(headers['if-none-match']);
  const keys = [headers['idempotency-key'], headers['x-idempotent-key']].map(one).filter((key) => key !== undefined);
  const reason = one(headers['x-reason']);
  for (const [field, values] of Object.entries({ if_match: [ifMatch], idempotency_key: keys, x_reason: [reason] })) {
    if (!values.every(isPlain))
      return denyFields([{ field, message: `1 to ${MAX_CHARACTERS} printable ASCII characters` }]);
  }
  const [idempotencyKey, other] = keys;
  if (other !== undefined && other !== idempotencyKey) {
    return denyFields([{ field: 'idempotency_key', message: 'send one idempotency key' }]);
  }
  return allow({ ifMatch, ifNoneMatch, idempotencyKey, reason });
}

/**
 * The version a change is for, by `If-Match`: one, any that exists (`*`), or one that nothing has. With
 * `If-None-Match: *` the change is for nothing that exists. What else that header says, or both at once, fits nothing.
 */
export function expectedVersion({ ifMatch, ifNoneMatch }: CallHeaders): ExpectedVersion {
  if (ifNoneMatch !== undefined) return ifMatch === undefined && ifNoneMatch.trim() === '*' ? ABSENT : '';
  if (ifMatch === undefined) return undefined;
  if (ifMatch.trim() === '*') return '*';
  // A weak tag never matches (RFC 9110 section 13.1.1), nor does a list: which of several was seen?
  return /^"([\w-]{1,64})"$/.exec(ifMatch.trim())?.[1] ?? '';
}

function isPlain(value: string | undefined): boolean {
  return value === undefined || (value.length <= MAX_CHARACTERS && PRINTABLE.test(value));
}

/** Several lines of one header count as one text, which fits nothing. */
function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join('\n') : value;
}
