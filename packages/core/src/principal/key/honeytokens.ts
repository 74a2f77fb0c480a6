import { randomBytes } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { timeOrderedId } from '../../store/ids.js';
import type { KeyRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import { UniqueError } from '../../store/transaction.js';

/** What subscribers of the diagnostics channel `flairgate:honeytoken` get when such a key is used for the first time. */
export interface HoneytokenEvent {
  readonly keyId: string;
  readonly name: string;
  readonly oid: string | undefined;
  readonly uid: string | undefined;
  /** Address it was used from. */
  readonly address: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Raises the events of honeytokens. */
export interface Honeytokens {
  /**
   * Notes that the right text of a key was sent. The first time ever, an event is published and audited, by one
   * process alone; other keys cost nothing. Runs beside the request: its answer says nothing.
   */
  used(key: KeyRow, address: string | undefined): void;
  /** Waits for what is being written down. */
  settled(): Promise<void>;
}

const events = channel('flairgate:honeytoken');

/** Makes what tells of honeytokens; `now` gives milliseconds since 1970. */
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

/** Writes the use down; false where it was told before. The name of the setting lets one process do it. */
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
