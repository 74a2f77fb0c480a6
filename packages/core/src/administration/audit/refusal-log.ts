import { setImmediate } from 'node:timers/promises';
import type { Denial, RefusedCaller } from '../../denial/denial.js';
import { denialTable } from '../../denial/denial-table.js';
import type { Explanation } from '../../denial/explanation.js';
import { scrubKeys } from '../../principal/key/text.js';
import { timeOrderedId } from '../../store/ids.js';
import type { AuditRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import { isAbsent } from '../../visibility/explain.js';

/** A refused request from an identified caller. */
export interface Refusal {
  readonly caller: RefusedCaller;
  readonly denial: Denial;
  readonly address: string;
  /** HTTP method and path pattern, without the query string. */
  readonly target: string;
}

/** Buffers the refused requests of identified callers, and writes them to the audit in batches. */
export interface RefusalLog {
  note(refusal: Refusal): void;
  /**
   * Writes the buffered refusals in small transactions without the revision lock (which security writes take). Refusals
   * that could not be written stay in the buffer.
   */
  flush(): Promise<void>;
  /** Stops the timer and writes the remaining refusals. */
  stop(): Promise<void>;
}

export interface RefusalLogOptions {
  readonly store: RowStore;
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

/** Milliseconds from the first refusal in an empty buffer to the writing of the buffer. */
const REFUSAL_FLUSH_MS = 1000;
/**
 * Maximum number of different refusals in the buffer, in total (`MAX_PENDING`) and per caller (`MAX_OF_ACTOR`).
 * Refusals above these limits are only counted.
 */
const MAX_PENDING = 1000;
const MAX_OF_ACTOR = 100;
const MAX_PATH_CHARACTERS = 256;

type Noted = Omit<AuditRow, 'id'>;

interface Pending {
  readonly row: Noted;
  count: number;
}

interface Batch {
  readonly rows: Map<string, Pending>;
  readonly ofActor: Map<string, number>;
  /** Number of refusals that did not fit into the buffer. */
  beyond: number;
}

/**
 * Creates a log of refused requests. If the same refusal occurs several times between two writes, the log stores it as
 * one audit entry with a count.
 *
 * @example
 * const log = createRefusalLog({ store, now: Date.now, random: randomBytes });
 * log.note({ caller, denial: deny('ERR_PERMISSION_MISSING'), address: '203.0.113.7', target: 'GET /rules' });
 * await log.stop(); // writes what is left
 */
export function createRefusalLog({ store, now, random }: RefusalLogOptions): RefusalLog {
  let batch = emptyBatch();
  let timer: NodeJS.Timeout | undefined;
  let flushing = Promise.resolve();
  const schedule = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush().catch(schedule);
    }, REFUSAL_FLUSH_MS).unref();
  };
  const write = async () => {
    if (batch.rows.size === 0 && batch.beyond === 0) return;
    const taken = batch;
    batch = emptyBatch();
    try {
      await writeBatch(store, taken, now(), random);
    } catch (error) {
      batch = merge(taken, batch);
      throw error;
    }
  };
  const flush = () => {
    const flushed = flushing.then(write);
    flushing = flushed.catch(() => undefined);
    return flushed;
  };
  return {
    note(refusal) {
      if (denialTable[refusal.denial.code].stage === 'fault') return;
      const row = rowOf(refusal, now());
      add(batch, keyOf(row), row, 1);
      schedule();
    },
    flush,
    async stop() {
      clearTimeout(timer);
      await flush();
    },
  };
}

function emptyBatch(): Batch {
  return { rows: new Map(), ofActor: new Map(), beyond: 0 };
}

function add(batch: Batch, key: string, row: Noted, count: number): void {
  const same = batch.rows.get(key);
  const actor = row.actor ?? '';
  const ofActor = batch.ofActor.get(actor) ?? 0;
  if (same !== undefined) {
    same.count += count;
  } else if (batch.rows.size < MAX_PENDING && ofActor < MAX_OF_ACTOR) {
    batch.rows.set(key, { row, count });
    batch.ofActor.set(actor, ofActor + 1);
  } else batch.beyond += count;
}

/**
 * Adds the refusals of a newer batch to an older batch. If the older batch is full, the newer refusals are only
 * counted.
 */
function merge(older: Batch, newer: Batch): Batch {
  for (const [key, { row, count }] of newer.rows) add(older, key, row, count);
  older.beyond += newer.beyond;
  return older;
}

/** Rows per transaction. While SQLite runs a transaction, the event loop is blocked and no other write runs. */
const ROWS_PER_WRITE = 200;

/** Writes a batch to the audit in several transactions. Each row is removed from the batch after it was written. */
async function writeBatch(
  store: RowStore,
  batch: Batch,
  at: number,
  random: RefusalLogOptions['random'],
): Promise<void> {
  const id = (sequence: number) => timeOrderedId(at, sequence, random);
  for (let sequence = 0; batch.rows.size > 0; sequence += ROWS_PER_WRITE) {
    const slice = [...batch.rows].slice(0, ROWS_PER_WRITE);
    const rows = slice.map(([, { row, count }], index) => ({
      id: id(sequence + index),
      ...row,
      details: { ...row.details, count },
    }));
    await insertAudit(store, rows);
    for (const [key] of slice) batch.rows.delete(key);
    await setImmediate();
  }
  if (batch.beyond === 0) return;
  await insertAudit(store, [{ id: id(MAX_PENDING), ...beyondRow(at, batch.beyond) }]);
  batch.beyond = 0;
}

async function insertAudit(store: RowStore, rows: readonly AuditRow[]): Promise<void> {
  await store.write((tx) => tx.insertAll('audit', rows));
}

/** Returns the audit entry that records the number of refusals that did not fit into the buffer. */
function beyondRow(at: number, count: number): Noted & { readonly details: { readonly count: number } } {
  const details = { reason: 'more different refusals than are kept', count };
  return {
    ...REFUSED_REQUEST,
    at,
    oid: null,
    actor: null,
    actorName: 'flairgate',
    target: '*',
    address: null,
    details,
  };
}

const REFUSED_REQUEST = Object.freeze({ action: 'request.refuse', outcome: 'refused' });

function rowOf({ caller, denial, address, target }: Refusal, at: number): Noted {
  return {
    ...REFUSED_REQUEST,
    at,
    oid: organizationOfRefusal(caller, denial),
    actor: caller.identity,
    actorName: caller.ident,
    target: storable(target),
    address,
    details: { code: denial.code, ...toldOf(denial) },
  };
}

/**
 * Returns the organization in whose audit a refusal is recorded: one of the caller's own organizations, or null. A
 * caller therefore cannot add entries to the audit of an organization to which the caller does not belong.
 */
function organizationOfRefusal({ organizations }: RefusedCaller, { organization }: Denial): string | null {
  if (organization !== undefined && organizations.includes(organization)) return organization;
  const [only, ...others] = organizations;
  return only === undefined || others.length > 0 ? null : only;
}

/**
 * Returns the details of a refusal in the form in which an organization may read them. A resource of another
 * organization is described in the same way as a resource that does not exist.
 */
function toldOf({ code, reason, explanation }: Denial): { reason: string; explanation?: Explanation } {
  if (explanation !== undefined && !isAbsent(explanation)) {
    const { id } = explanation;
    const plain = id === undefined ? explanation : { ...explanation, id: typeof id === 'number' ? id : storable(id) };
    return { reason: storable(reason), explanation: plain };
  }
  const absent = code === 'ERR_NOT_FOUND' && (explanation !== undefined || reason === code);
  return { reason: absent ? 'missing' : storable(reason) };
}

/**
 * Converts a value to a string of at most 256 characters that every store accepts. Replaces the secrets of `fg_` API
 * keys in the string.
 */
function storable(value: unknown): string {
  const text = scrubKeys(String(value)).slice(0, MAX_PATH_CHARACTERS);
  return text.replaceAll('\0', '').replaceAll(/\p{Surrogate}/gu, '');
}

function keyOf({ at, ...row }: Noted): string {
  return JSON.stringify(row);
}
