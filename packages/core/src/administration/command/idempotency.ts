import type { Denial } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { IdempotencyRow } from '../../store/rows.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';

/** One use of an idempotency key. */
export interface IdempotentRequest {
  /** Identity that sent the key. Keys of two identities never collide. */
  readonly identity: string;
  readonly key: string;
  /** Digest of the request, so that the key is valid for this request only. */
  readonly request: string;
}

const REMEMBERED_MS = 24 * 3600 * 1000;

/** Rows checked for expiry whenever one is written. */
const PRUNED_AT_ONCE = 16;

/**
 * Returns the denial of a repeated request, whose members are the answer of the first. Undefined for a first request.
 */
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

/** Returns the row of an earlier request with this idempotency key, whatever its age. */
export function readReplay(
  tx: ReadTransaction,
  { identity, key }: Pick<IdempotentRequest, 'identity' | 'key'>,
): Promise<IdempotencyRow | undefined> {
  return tx.get('replay', { identity, key });
}

/** The stored part of a request: the answer for a repeat, and data that no caller sees. */
export interface Remembered {
  readonly told: Readonly<Record<string, unknown>>;
  /** Look-up tag of the secret that was created. */
  readonly made?: string;
  /**
   * Earliest expiry of the row, in milliseconds since 1970.
   *
   * @default one day from now
   */
  readonly until?: number;
}

/** Stores the answer of a create, in its transaction. */
export async function writeReplay(
  tx: WriteTransaction,
  { identity, key, request }: IdempotentRequest,
  now: number,
  { told, made, until = 0 }: Remembered,
): Promise<void> {
  // Keys are random, so the rows after this one are a random sample. Old rows are removed as fast as new ones are
  // added.
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
