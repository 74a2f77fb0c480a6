import { type Band, zipfBands } from './zipf.ts';

/** A fleet, and what it is asked to do. Rates are per second, of all gateways together. */
export interface Deployment {
  readonly gateways: number;
  readonly requests: number;
  readonly keys: number;
  /** Of Zipf's law. */
  readonly exponent: number;
  /** Principals that one gateway keeps. */
  readonly cached: number;
  /** True if all requests with one key are sent to one gateway. */
  readonly sticky: boolean;
  /** Security writes: revocations, and whatever else counts as one. */
  readonly changes: number;
  readonly boundSeconds: number;
  /** Share of pushes that never arrive. */
  readonly lost: number;
  readonly pushMs: number;
  /** Duration of one sync in milliseconds. */
  readonly syncMs: number;
}

/** Load of a fleet on its primary, and the age of its state. */
export interface Load {
  readonly hitRate: number;
  readonly fills: number;
  readonly syncs: number;
  /** Mean milliseconds from a change to the moment a gateway knows of it. */
  readonly staleMs: number;
  /** Upper end of that, where a push was lost: a third of the bound, and the look itself. */
  readonly stalestMs: number;
}

/** Works out the load of a fleet that has been running for a while. */
export function predict(fleet: Deployment): Load {
  const { gateways, requests, sticky, keys, cached, exponent, changes } = fleet;
  // Where callers are kept together, each gateway has its share of the keys, and the shape of their use stays.
  const bands = zipfBands(sticky ? Math.ceil(keys / gateways) : keys, exponent);
  // A change has each gateway that keeps something of the key read it once more.
  const again = Math.min(
    (changes * (sticky ? 1 : gateways) * Math.min(1, cached / (bands.at(-1)?.to ?? 1))) / requests,
    1,
  );
  const hitRate = hitRateOf(bands, cached) - again;
  const { perGateway, staleMs } = syncsOf(fleet);
  return {
    hitRate,
    fills: requests * (1 - hitRate),
    syncs: gateways * perGateway,
    staleMs,
    stalestMs: (fleet.boundSeconds * 1000) / 3 + fleet.syncMs,
  };
}

/**
 * Share of requests that an LRU cache of this many entries answers, by Che's approximation: an entry stays for one and
 * the same time, the one by which as many different keys were asked for as there is room.
 *
 * @see H. Che, Y. Tung, Z. Wang, Hierarchical Web caching systems, IEEE JSAC 20 (2002)
 */
export function hitRateOf(bands: readonly Band[], cached: number): number {
  const filled = (stay: number) => sum(bands, ({ share }) => 1 - Math.exp(-share * stay));
  if ((bands.at(-1)?.to ?? 0) <= cached) return 1;
  let [low, high] = [0, 1];
  while (filled(high) < cached) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (filled(middle) < cached) low = middle;
    else high = middle;
  }
  return sum(bands, ({ share }) => share * (1 - Math.exp(-share * high)));
}

function sum(bands: readonly Band[], of: (band: Band) => number): number {
  return bands.reduce((total, band) => total + (band.to - band.from) * of(band), 0);
}

/**
 * Returns the syncs of one gateway: the regular ones, and those that pushes start.
 *
 * A push during a sync queues one more sync, and further pushes queue nothing. So syncs follow each other at most as
 * fast as they are answered.
 */
function syncsOf({ changes, lost, boundSeconds, pushMs, syncMs }: Deployment): { perGateway: number; staleMs: number } {
  const regular = 3 / boundSeconds;
  const pushed = changes * (1 - lost);
  const look = syncMs / 1000;
  // After a look another follows at once where something came meanwhile, else when the next thing comes.
  const any = pushed + regular;
  const perGateway = 1 / (look + Math.exp(-any * look) / any);
  // What comes during a look is in it as often as it has to wait for the next: on average it costs one look, too.
  const whenPushed = pushMs + syncMs;
  const whenLost = pushMs + syncMs + 1000 * untilAnyLook(pushed, 1 / regular);
  return { perGateway, staleMs: (1 - lost) * whenPushed + lost * whenLost };
}

/** Mean seconds until the next push that arrives, or the next regular look, whichever is first. */
function untilAnyLook(pushed: number, periodSeconds: number): number {
  if (pushed === 0) return periodSeconds / 2;
  const expected = pushed * periodSeconds;
  return (1 - (1 - Math.exp(-expected)) / expected) / pushed;
}
