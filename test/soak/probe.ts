import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Store, TableName } from '@flairgate/core/store';
import { LRUCache } from 'lru-cache';
import { LATE_MS } from './stalls.js';

/** State of a gateway process at one time. Sizes are in MiB and taken after a garbage collection. */
export interface Sample {
  readonly rssMiB: number;
  readonly heapMiB: number;
  readonly externalMiB: number;
  /** Active resources of the event loop, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Open file descriptors; -1 where the platform does not list them. */
  readonly descriptors: number;
  /** Delay of the event loop since the last sample, in milliseconds. */
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  /** Entries of all bounded caches of the process. */
  readonly cached: number;
  /** Rows of the tables, if they were asked for. */
  readonly rows: Readonly<Record<string, number>> | undefined;
}

/** Message of a gateway: a sample that was asked for, or that the process did not run for a while. */
export type Message =
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'stall'; readonly ms: number };

/** Request of the soak program to a gateway. */
export interface SampleRequest {
  readonly withRows: boolean;
}

const MIB = 1024 * 1024;
const NS_PER_MS = 1e6;

const TABLES = [
  ...(['key', 'secret', 'identity', 'user', 'membership', 'group', 'policy', 'ownership'] as const),
  ...(['change', 'audit', 'usage', 'offer', 'intent', 'replay', 'session'] as const),
] as const;

/** Answers the soak program over the channel of the child process with the state of this process. */
export function answerSamples(store: Store): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const caches = watchCaches();
  process.on('message', (message: SampleRequest) => {
    void takeSample(message, store, caches).then((taken) => {
      const delayP99Ms = rounded(delay.percentile(99) / NS_PER_MS);
      const delayMaxMs = rounded(delay.max / NS_PER_MS);
      delay.reset();
      tell({ kind: 'sample', sample: { ...taken, delayP99Ms, delayMaxMs } });
    });
  });
  tellStalls();
  // A gateway ends with the soak program, however that ended.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}

function tell(message: Message): void {
  process.send?.(message);
}

const TICK_MS = 50;

function tellStalls(): void {
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    if (now - last > LATE_MS && process.connected) tell({ kind: 'stall', ms: now - last });
    last = now;
  };
  setInterval(look, TICK_MS).unref();
}

async function takeSample({ withRows }: SampleRequest, store: Store, caches: () => number) {
  const rows = withRows ? await countRows(store).catch(() => undefined) : undefined;
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    rssMiB: rounded(rss / MIB),
    heapMiB: rounded(heapUsed / MIB),
    externalMiB: rounded(external / MIB),
    resources,
    descriptors: countDescriptors(),
    cached: caches(),
    rows,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function countDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return -1;
  }
}

async function countRows(store: Store): Promise<Readonly<Record<string, number>>> {
  return store.write(async (tx) => {
    const rows: Record<string, number> = {};
    for (const table of TABLES) rows[table] = await tx.count(table as TableName, {});
    return rows;
  });
}

/** Notes each cache at its first entry. Returns a function that adds up their entries. */
function watchCaches(): () => number {
  const seen = new WeakSet<object>();
  const caches = new Set<WeakRef<LRUCache<object, object>>>();
  const { set } = LRUCache.prototype;
  LRUCache.prototype.set = function watched(this: LRUCache<object, object>, ...given: Parameters<typeof set>) {
    if (!seen.has(this)) {
      seen.add(this);
      caches.add(new WeakRef(this));
    }
    return set.apply(this, given) as never;
  } as typeof set;
  return () => {
    let entries = 0;
    for (const cache of caches) {
      const kept = cache.deref();
      if (kept === undefined) caches.delete(cache);
      else entries += kept.size;
    }
    return entries;
  };
}
