import { randomBytes } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { timeOrderedId } from '../../store/ids.js';
import type { KeyRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import { UniqueError } from '../../store/transaction.js';

/** Event on the diagnostics channel `flairgate:honeytoken`, published when a honeytoken (decoy key) is first used. */
export interface HoneytokenEvent {
  readonly keyId: string;
  readonly name: string;
  readonly oid: string | undefined;
  readonly uid: string | undefined;
  /** Client address that used the key. */
  readonly address: string | undefined;
  /** Time of the use, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Reports uses of honeytokens. A honeytoken is a decoy key that no caller is given, so any use is an attack. */
export interface Honeytokens {
  /**
   * Reports that a caller sent this key. If the key is a honeytoken and this is its first use, exactly one process
   * publishes an event and writes an audit entry. If the key is not a honeytoken, nothing happens. The report runs in
   * the background, so that the response to the caller does not depend on the report.
   */
  used(key: KeyRow, address: string | undefined): void;
  /** Waits until all running reports are written. */
  settled(): Promise<void>;
}

const events = channel('flairgate:honeytoken');

/** Creates the honeytoken reporter. `now` returns milliseconds since the Unix epoch. */
export function createHoneytokens(store: RowStore, now: () => number): Honeytokens {
  const told = new Set<string>();
  const running = new Set<Promise<void>>();
  return {
    used(key, address) {
      if (!key.honeytoken || told.has(key.keyId)) return;
      told.add(key.keyId);
      const work = tell(store, { ...key, address, at: now() })
        // A report that could not be stored is tried again at the next use.
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
 * Stores the first use of a honeytoken as a setting and as an audit entry. Resolves to false if a first use is already
 * stored. The name of the setting is unique, so only one process can store the first use.
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
