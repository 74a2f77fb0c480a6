import type { Denial } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { IdempotencyRow } from '../../store/rows.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';

/** One use of an idempotency key. */
export interface IdempotentRequest {
  /** Whose key it is: two identities' keys never meet. */
  readonly identity: string;
  readonly key: string;
  /** Digest of what was asked for, so that the key is good for this one request. */
  readonly request: string;
}

const REMEMBERED_MS = 24 * 3600 * 1000;

/** Rows looked at for old ones whenever one is written. */
const PRUNED_AT_ONCE = 16;

/** The refusal of a repeat, whose members are what the first request was told; undefined for a first request. */
export async function replayed(
  tx: ReadTransaction,
  replay: IdempotentRequest,
  now: number,
): Promise<Denial | undefined> {
  const { identity, key, request } = replay;
  const row = await readReplay(tx, { identity, key });
  if (row === undefined || row.at <= now - REMEMBERED_MS) return undefined;
  const { request: first, told } = row.answer;
  if (first === request && isRecord(told)) return deny('ERR_REPLAYED', { members: told });
  return deny('ERR_REPLAYED', { detail: 'this idempotency key was used for another request' });
}

/** The row of an earlier request with this idempotency key, however old. */
export function readReplay(
  tx: ReadTransaction,
  { identity, key }: Pick<IdempotentRequest, 'identity' | 'key'>,
): Promise<IdempotencyRow | undefined> {
  return tx.get('replay', { identity, key });
}

/** What is kept of a request: what its repeat is told, and more that no caller sees. */
export interface Remembered {
  readonly told: Readonly<Record<string, unknown>>;
  /** Look-up tag of the secret it made. */
  readonly made?: string;
  /** Until when it is kept at least, in milliseconds since 1970. Default a day. */
  readonly until?: number;
}

/** Keeps what a create tells, in the transaction that creates. */
export async function writeReplay(
  tx: WriteTransaction,
  { identity, key, request }: IdempotentRequest,
  now: number,
  { told, made, until = 0 }: Remembered,
): Promise<void> {
  // Keys are random, so the rows behind this one are a random sample: old ones go as fast as new ones come.
  for (const row of await tx.find('replay', { identity }, { after: { identity, key }, limit: PRUNED_AT_ONCE })) {
    if (row.at <= now - REMEMBERED_MS) await tx.remove('replay', { identity, key: row.key });
  }
  await tx.remove('replay', { identity, key });
  const at = Math.max(now, until - REMEMBERED_MS);
  await tx.insert('replay', { identity, key, at, answer: { request, told, ...(made === undefined ? {} : { made }) } });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
