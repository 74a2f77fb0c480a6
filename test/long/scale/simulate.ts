import type { Deployment } from './fleet-model.ts';
import { type Chance, seeded, untilNext, zipfBands, zipfSampler } from './zipf.ts';

/** Numbers counted in the simulation of a fleet. */
export interface Counted {
  readonly requests: number;
  readonly hitRate: number;
  /** Per second, of all gateways. */
  readonly fills: number;
  readonly syncs: number;
  readonly meanStaleMs: number;
  readonly p99StaleMs: number;
  readonly maxStaleMs: number;
  /** Uses of what was cached before a change of its key, later than the bound after that change. */
  readonly pastTheBound: number;
}

export interface Run {
  readonly seed: number;
  readonly seconds: number;
  /** Gateways whose every request is simulated; of the others only what they hear of changes. */
  readonly withTraffic: number;
}

interface Gateway {
  /** By key, the number of changes there were when it was read; in the order of use. */
  readonly cache: Map<number, number>;
  /** Number of changes known. */
  applied: number;
  isLooking: boolean;
  isQueued: boolean;
  readonly draw: () => number;
}

interface Change {
  readonly at: number;
  readonly key: number;
  /** The gateway that its callers come to, where they are kept together. */
  readonly home: Gateway | undefined;
}

interface Simulation {
  readonly fleet: Deployment;
  readonly chance: Chance;
  readonly events: Agenda;
  /** When each change was committed, and the key it touched. */
  readonly changes: Change[];
  /** The last change of each key. */
  readonly lastChange: Map<number, number>;
  readonly stale: number[];
  readonly counts: { requests: number; hits: number; syncs: number; pastTheBound: number };
  now: number;
}

/** Runs a fleet event by event: requests, revocations, pushes that come late or never, regular looks, LRU caches. */
export function simulate(fleet: Deployment, { seed, seconds, withTraffic }: Run): Counted {
  const chance = seeded(seed);
  const world: Simulation = {
    fleet,
    chance,
    events: new Agenda(),
    changes: [],
    lastChange: new Map(),
    stale: [],
    counts: { requests: 0, hits: 0, syncs: 0, pastTheBound: 0 },
    now: 0,
  };
  const draw = zipfSampler(zipfBands(keysOf(fleet), fleet.exponent), chance);
  const gateways = Array.from({ length: fleet.gateways }, () => newGateway(draw));
  for (const gateway of gateways) lookRegularly(world, gateway, chance() * periodOf(fleet));
  for (const gateway of gateways.slice(0, withTraffic)) fillUp(world, gateway);
  for (const gateway of gateways.slice(0, withTraffic)) request(world, gateway);
  change(world, gateways);
  world.events.runUntil(seconds * 1000, (now) => {
    world.now = now;
  });
  return count(world, seconds, fleet.gateways / withTraffic);
}

function newGateway(draw: () => number): Gateway {
  return { cache: new Map(), applied: 0, isLooking: false, isQueued: false, draw };
}

/** Starts with a warm cache: what is counted is a fleet that has been running for a while. */
function fillUp({ fleet, counts }: Simulation, gateway: Gateway): void {
  const room = Math.min(fleet.cached, keysOf(fleet));
  for (let draws = 0; gateway.cache.size < room && draws < 40 * room; draws++) use(fleet, gateway, gateway.draw());
  for (let draws = 0; draws < 2 * room; draws++) use(fleet, gateway, gateway.draw());
  counts.requests = 0;
}

/** Looks a key up as the cache does: the one used longest ago makes way. Gives what it was read at, where it was there. */
function use({ cached }: Deployment, { cache }: Gateway, key: number, changes = 0): number | undefined {
  const readAt = cache.get(key);
  cache.delete(key);
  cache.set(key, readAt ?? changes);
  const oldest = cache.size > cached ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  return readAt;
}

function request(world: Simulation, gateway: Gateway): void {
  const { fleet, counts, chance, events } = world;
  events.add(world.now + untilNext(chance, fleet.requests / fleet.gateways), () => {
    const key = gateway.draw();
    counts.requests += 1;
    const readAt = use(fleet, gateway, key, world.changes.length);
    if (readAt !== undefined) counts.hits += 1;
    if (readAt !== undefined && isPastTheBound(world, gateway, key, readAt)) counts.pastTheBound += 1;
    request(world, gateway);
  });
}

function isPastTheBound(
  { fleet, lastChange, changes, now }: Simulation,
  gateway: Gateway,
  key: number,
  readAt: number,
): boolean {
  const last = lastChange.get(key);
  if (last === undefined || last < readAt) return false;
  const { at, home = gateway } = changes[last] ?? { at: now };
  return home === gateway && now - at > fleet.boundSeconds * 1000;
}

function change(world: Simulation, gateways: readonly Gateway[]): void {
  const { fleet, chance, events, changes } = world;
  events.add(world.now + untilNext(chance, fleet.changes), () => {
    // Whose key is revoked or changed has nothing to do with how often it is used.
    const key = Math.floor(chance() * keysOf(fleet));
    world.lastChange.set(key, changes.length);
    const home = fleet.sticky ? gateways[Math.floor(chance() * gateways.length)] : undefined;
    changes.push({ at: world.now, key, home });
    for (const gateway of gateways) {
      if (chance() < fleet.lost) continue;
      events.add(world.now + fleet.pushMs * (0.5 + chance()), () => look(world, gateway));
    }
    change(world, gateways);
  });
}

function lookRegularly(world: Simulation, gateway: Gateway, at: number): void {
  world.events.add(at, () => {
    look(world, gateway);
    lookRegularly(world, gateway, at + periodOf(world.fleet));
  });
}

/** One at a time; one asked for meanwhile queues one more. What is read is what was committed when half of it is over. */
function look(world: Simulation, gateway: Gateway): void {
  if (gateway.isLooking) {
    gateway.isQueued = true;
    return;
  }
  const { fleet, events, counts, changes, chance } = world;
  gateway.isLooking = true;
  counts.syncs += 1;
  const tookMs = fleet.syncMs * (0.5 + chance());
  let read = 0;
  events.add(world.now + tookMs / 2, () => {
    read = changes.length;
  });
  events.add(world.now + tookMs, () => {
    learn(world, gateway, read);
    gateway.isLooking = false;
    if (!gateway.isQueued) return;
    gateway.isQueued = false;
    look(world, gateway);
  });
}

function learn({ changes, stale, now }: Simulation, gateway: Gateway, read: number): void {
  for (let n = gateway.applied; n < read; n++) {
    const { at, key, home } = changes[n] ?? { at: now, key: 0 };
    stale.push(now - at);
    if (home !== undefined && home !== gateway) continue;
    if ((gateway.cache.get(key) ?? read) <= n) gateway.cache.delete(key);
  }
  gateway.applied = Math.max(gateway.applied, read);
}

/** Keys that one gateway sees. */
function keysOf({ sticky, keys, gateways }: Deployment): number {
  return sticky ? Math.ceil(keys / gateways) : keys;
}

function periodOf({ boundSeconds }: Deployment): number {
  return (boundSeconds * 1000) / 3;
}

function count({ counts, stale }: Simulation, seconds: number, scale: number): Counted {
  const sorted = Float64Array.from(stale).sort();
  const total = sorted.reduce((sum, ms) => sum + ms, 0);
  return {
    requests: counts.requests,
    hitRate: counts.hits / counts.requests,
    fills: ((counts.requests - counts.hits) * scale) / seconds,
    syncs: counts.syncs / seconds,
    meanStaleMs: total / sorted.length,
    p99StaleMs: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    maxStaleMs: sorted.at(-1) ?? 0,
    pastTheBound: counts.pastTheBound,
  };
}

interface Event {
  readonly at: number;
  readonly run: () => void;
}

/** Events in the order of their times: a binary heap. */
class Agenda {
  readonly #heap: Event[] = [];

  add(at: number, run: () => void): void {
    const heap = this.#heap;
    let place = heap.length;
    const event = { at, run };
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= at) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = event;
  }

  runUntil(end: number, tick: (now: number) => void): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst();
      tick(next.at);
      next.run();
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const smaller = (heap[left + 1]?.at ?? Infinity) < (heap[left]?.at ?? Infinity) ? left + 1 : left;
      const child = heap[smaller];
      if (child === undefined || child.at >= last.at) break;
      heap[place] = child;
      place = smaller;
    }
    heap[place] = last;
  }
}
