import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { allow, deny, denyIssues, type Outcome, parseJsonObject } from '@flairgate/core';

/** Largest content of a record, unpacked. */
export const MAX_RECORD_BYTES = 1024 * 1024;

/** The members of a request that can carry content. */
export interface SentContent {
  /** A JSON object, or the text of one. */
  readonly data?: unknown;
  /** The text of one, packed by gzip and then base64, as LimaCharlie's Go client sends it. */
  readonly gzdata?: unknown;
  /** Address of content elsewhere. */
  readonly arl?: unknown;
}

/** Content as it arrived: a JSON object as text, or the blank that a caller sees of withheld content. */
export type Content = { readonly kind: 'object'; readonly text: string } | { readonly kind: 'blank' };

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const NO_OBJECT = 'must be one JSON object, at most 32 levels deep, each member once';

const unpack = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

/** Reads the content that a request carries. Unpacks no more than {@link MAX_RECORD_BYTES} of it. */
export async function readContent({ data, gzdata, arl }: SentContent): Promise<Outcome<Content>> {
  if (arl !== undefined && arl !== '') {
    return denyIssues([
      { field: 'arl', message: 'is not supported: content is not fetched from elsewhere; send data' },
    ]);
  }
  if (gzdata === undefined) return parseContent('data', data);
  if (data !== undefined) return denyIssues([{ field: 'gzdata', message: 'must not be sent together with data' }]);
  const unpacked = await unpackContent(gzdata);
  return unpacked.allowed ? parseContent('gzdata', unpacked.value) : unpacked;
}

async function unpackContent(gzdata: unknown): Promise<Outcome<Buffer>> {
  const broken = denyIssues([{ field: 'gzdata', message: 'must be JSON, packed by gzip and then base64' }]);
  if (typeof gzdata !== 'string' || !BASE64.test(gzdata)) return broken;
  try {
    return allow(await unpack(Buffer.from(gzdata, 'base64'), { maxOutputLength: MAX_RECORD_BYTES }));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')) return broken;
    const detail = `gzdata unpacks to more than ${MAX_RECORD_BYTES} bytes`;
    return deny('ERR_BODY_TOO_LARGE', { detail, members: { limit: MAX_RECORD_BYTES } });
  }
}

function parseContent(field: string, given: unknown): Outcome<Content> {
  if (isBlank(given)) return allow({ kind: 'blank' });
  const value = toObject(given);
  if (value === undefined) return denyIssues([{ field, message: NO_OBJECT }]);
  return allow({ kind: 'object', text: JSON.stringify(value) });
}

/** Returns the denial of a request without content. */
export function denyNoContent(): Outcome<never> {
  return denyIssues([{ field: 'data', message: NO_OBJECT }]);
}

/** Returns a JSON object that was sent as such or as text; undefined for anything else. */
export function toObject(given: unknown): object | undefined {
  if (given instanceof Uint8Array) return parseJsonObject(Buffer.from(given));
  if (typeof given === 'string') return parseJsonObject(Buffer.from(given));
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? given : undefined;
}

/** True for what a caller sends back that read a record whose content is withheld. */
function isBlank(data: unknown): boolean {
  if (data instanceof Uint8Array) return data.length < 16 && isBlank(Buffer.from(data).toString('latin1').trim());
  return data === undefined || data === null || data === '' || data === 'null';
}
