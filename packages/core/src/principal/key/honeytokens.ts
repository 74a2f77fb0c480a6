import { randomBytes } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { timeOrderedId } from '../../store/ids.js';
import type { KeyRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import { UniqueError } from '../../store/transaction.js';

/** Event of the diagnostics channel `flairgate:honeytoken`, published when such a key is used for the first time. */
export interface HoneytokenEvent {
  readonly keyId: string;
  readonly name: string;
  readonly oid: string | undefined;
  readonly uid: string | undefined;
  /** Address that used the key. */
  readonly address: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Reports uses of honeytokens: keys that no caller is given, so any use of one is an attack. */
export interface Honeytokens {
  /**
   * Reports that the correct text of a key was sent. At the first use of a honeytoken, one process publishes an event
   * and writes the audit. For any other key this does nothing. It runs in the background, so the answer does not depend
   * on it.
   */
  used(key: KeyRow, address: string | undefined): void;
  /** Waits until running reports are written. */
  settled(): Promise<void>;
}

const events = channel('flairgate:honeytoken');

/** Creates the reporter of honeytokens. `now` returns milliseconds since 1970. */
export function createHoneytokens(store: RowStore, now: () => number): Honeytokens {
  const told = new Set<string>();
  const running = new Set<Promise<void>>();
  return {
    used(key, address) {
      if (!key.honeytoken || told.has(key.keyId)) return;
      told.add(key.keyId);
      const work = tell(store, { ...key, address, at: now() })
        // What could not be written down is told at the next use.
        .catch(() => void told.delete(key.keyId))
        .finally(() => running.delete(work));
      running.add(work);
    },
    settled: async () => void (await Promise.all(running)),
  };
}

async function tell(store: RowStore, use: KeyRow & { address: string | undefined; at: number }): Promise<void> {
  if (!(await claim(store, use))) return;
  const { keyId, name, oid, uid, address, at } = use;
  const event: HoneytokenEvent = { keyId, name, oid: oid ?? undefined, uid: uid ?? undefined, address, at };
  events.publish(event);
}

/**
 * Stores that a honeytoken was used. Resolves to false if that is already stored. A unique setting ensures that only
 * one process stores it.
 */
async function claim(
  store: RowStore,
  { keyId, identity, name, oid, address, at }: KeyRow & { address: string | undefined; at: number },
): Promise<boolean> {
  const by = { name: `honeytoken:${keyId}` };
  try {
    return await store.write(async (tx) => {
      if ((await tx.get('setting', by)) !== undefined) return false;
      await tx.insert('setting', { ...by, value: String(at) });
      await tx.insert('audit', {
        id: timeOrderedId(at, 0, randomBytes),
        at,
        oid,
        actor: identity,
        actorName: name,
        action: 'key.honeytoken',
        target: keyId,
        address: address ?? null,
        outcome: 'done',
        details: { name },
      });
      return true;
    });
  } catch (error) {
    if (error instanceof UniqueError) return false;
    throw error;
  }
}
