import type { RowStore, WriteTransaction } from '../store/store.js';

/** Last uses of secrets, kept until they are written down together. */
export interface Uses {
  note(tag: string, at: number): void;
  /** Writes what was noted, in one transaction. A time never goes back, and nothing else of a secret is touched. */
  flush(): Promise<void>;
}

/** Most secrets noted between two flushes. What is beyond it is noted at its next use. */
const MAX_NOTED = 100_000;

export function createUses(store: RowStore): Uses {
  let noted = new Map<string, number>();
  return {
    note: (tag, at) => {
      if (noted.size < MAX_NOTED) noted.set(tag, at);
    },
    flush: async () => {
      if (noted.size === 0) return;
      const batch = noted;
      noted = new Map();
      await store.write((tx) => writeUses(tx, batch));
    },
  };
}

async function writeUses(tx: WriteTransaction, batch: ReadonlyMap<string, number>): Promise<void> {
  // In the order of the tags, so that two processes never wait for each other's rows.
  for (const [tag, at] of [...batch].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const secret = await tx.get('secret', { tag });
    if (secret !== undefined && (secret.lastUsedAt ?? 0) < at) await tx.update('secret', { tag }, { lastUsedAt: at });
  }
}
