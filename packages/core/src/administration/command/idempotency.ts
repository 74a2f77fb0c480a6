import type { Denial } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { IdempotencyRow } from '../../store/rows.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';

/** An idempotency key, and the request that it was sent with. */
export interface IdempotentRequest {
  /**
   * Identity that sent the idempotency key. If two identities send equal keys, the keys have no relation to each other.
   */
  readonly identity: string;
  readonly key: string;
  /** Digest of the request. The idempotency key is valid only for a request with this digest. */
  readonly request: string;
}

const REMEMBERED_MS = 24 * 3600 * 1000;

/** Number of stored rows that are checked for expiry each time a row is written. */
const PRUNED_AT_ONCE = 16;

/**
 * Returns the denial for a request whose idempotency key was already used. Returns undefined if the idempotency key is
 * new. If the request repeats the first request, the `members` of the denial contain the response to the first request.
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

/** Returns the row of an earlier request with this idempotency key, even if the row has expired. */
export function readReplay(
  tx: ReadTransaction,
  { identity, key }: Pick<IdempotentRequest, 'identity' | 'key'>,
): Promise<IdempotencyRow | undefined> {
  return tx.get('replay', { identity, key });
}

/**
 * The data stored for a request. `told` is the response that a repetition of the request gets. No caller sees the other
 * data.
 */
export interface Remembered {
  readonly told: Readonly<Record<string, unknown>>;
  /** Lookup tag of the secret that the request created. */
  readonly made?: string;
  /**
   * Earliest time at which the row expires, in milliseconds since the Unix epoch.
   *
   * @default one day from now
   */
  readonly until?: number;
}

/**
 * Stores the response to a create command, in the transaction of the command. Repetitions of the request get this
 * response.
 */
export async function writeReplay(
  tx: WriteTransaction,
  { identity, key, request }: IdempotentRequest,
  now: number,
  { told, made, until = 0 }: Remembered,
): Promise<void> {
  // Idempotency keys are random, so the rows after this one are a random sample. Removing the expired rows among them
  // keeps pace with the rows that are added.
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
