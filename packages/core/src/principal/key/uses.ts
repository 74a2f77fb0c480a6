import { setImmediate } from 'node:timers/promises';
import type { RowStore, SecretUse } from '../../store/store.js';
import type { WriteTransaction } from '../../store/transaction.js';

/** Buffer that collects the last-use times of secrets and writes them in batches. */
export interface Uses {
  note(tag: string, at: number): void;
  /**
   * Writes the buffered uses in slices (small batches), so that other writes and requests run in between. Never moves a
   * last-use time back, and changes no other column of a secret. Uses that could not be written are kept for the next
   * call.
   */
  flush(): Promise<void>;
}

/** Maximum number of secrets in the buffer. While the buffer is full, uses of other secrets are not recorded. */
const MAX_NOTED = 100_000;

/**
 * Number of secrets per transaction. While SQLite runs the transaction, the event loop is blocked and no other write
 * runs.
 */
const USES_PER_WRITE = 200;

export function createUses(store: RowStore): Uses {
  const noted = new Map<string, number>();
  let flushing: Promise<void> | undefined;
  const put = ({ tag, at }: SecretUse) => {
    if (noted.size < MAX_NOTED || noted.has(tag)) noted.set(tag, at);
  };
  return {
    note: (tag, at) => put({ tag, at }),
    flush: () => {
      flushing ??= writeNoted(store, noted, (use) => {
        if (!noted.has(use.tag)) put(use);
      }).finally(() => {
        flushing = undefined;
      });
      return flushing;
    },
  };
}

async function writeNoted(
  store: RowStore,
  noted: Map<string, number>,
  putBack: (use: SecretUse) => void,
): Promise<void> {
  // Writes at most as many uses as were buffered at the start, because under load new uses are buffered all the time.
  for (let left = noted.size; left > 0; left -= USES_PER_WRITE) {
    const slice = takeFirst(noted, Math.min(USES_PER_WRITE, left));
    try {
      const held = new Set(await writeSlice(store, slice));
      for (const use of slice) if (held.has(use.tag)) putBack(use);
    } catch (error) {
      for (const use of slice) putBack(use);
      throw error;
    }
    await setImmediate();
  }
}

function takeFirst(noted: Map<string, number>, count: number): readonly SecretUse[] {
  const taken: SecretUse[] = [];
  for (const [tag, at] of noted) {
    if (taken.length === count) break;
    taken.push({ tag, at });
    noted.delete(tag);
  }
  return taken;
}

/** Writes one slice. Returns the tags of secrets whose rows were locked by another transaction. */
async function writeSlice(store: RowStore, slice: readonly SecretUse[]): Promise<readonly string[]> {
  if (store.background !== undefined) return store.background.noteUses(slice);
  await store.write((tx) => writeUses(tx, slice));
  return [];
}

async function writeUses(tx: WriteTransaction, slice: readonly SecretUse[]): Promise<void> {
  // Sorted by tag, so that two processes cannot deadlock on each other's rows.
  for (const { tag, at } of slice.toSorted((a, b) => (a.tag < b.tag ? -1 : 1))) {
    const secret = await tx.get('secret', { tag });
    if (secret !== undefined && (secret.lastUsedAt ?? 0) < at) await tx.update('secret', { tag }, { lastUsedAt: at });
  }
}
