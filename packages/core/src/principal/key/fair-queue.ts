import { type After, systemAfter, tooLate, withDeadline } from '../../deadlines.js';
import { UnavailableError } from '../../denial/errors.js';
import { parseRange } from './range.js';

/** Bounds of {@link createFairQueue}. */
export interface FairQueueOptions {
  /** Look-ups under way at once. Default 8: of a pool of ten connections, two are left for everything else. */
  readonly maxRunning?: number;
  /** Look-ups that may wait, of all addresses together. Default 1024. */
  readonly maxWaiting?: number;
  /** Milliseconds that one may wait for its turn. Default: for ever. */
  readonly waitMs?: number | undefined;
  /** Milliseconds after which one that is under way is given up and its place handed on. Default: never. */
  readonly runMs?: number | undefined;
  /** Milliseconds since some start; never goes back. Default `performance.now`. */
  readonly now?: () => number;
  /** Default `setTimeout`. */
  readonly after?: After | undefined;
}

/**
 * Runs look-ups, so many at once. Past it they wait, and the addresses take turns: whoever asks for thousands waits
 * behind their own. A text that is no address stands for one caller too.
 *
 * Rejects with `UnavailableError` when too many wait (the latest of the address that most of them are of), when one has
 * waited or run too long, and at once where its turn would not come in time at the pace of the last ones.
 */
export type FairQueue = <T>(address: string | undefined, work: () => Promise<T>) => Promise<T>;

interface Waiting {
  readonly start: () => void;
  readonly refuse: (fault: UnavailableError) => void;
}

/** Those who wait, by address; the address whose turn is next comes first. */
type Lines = Map<string, Waiting[]>;

/** An IPv6 subscriber has a /64 at least, and could be as many addresses as they like. */
const IPV6_PREFIX_BITS = 64n;
const IPV6_HOST_BITS = 128n - IPV6_PREFIX_BITS;

export function createFairQueue(options: FairQueueOptions = {}): FairQueue {
  const { maxRunning = 8, maxWaiting = 1024, waitMs, runMs, after = systemAfter } = options;
  const lines: Lines = new Map();
  const pace = createPace(maxRunning, options.now ?? (() => performance.now()));
  let running = 0;
  let waiting = 0;
  const join = (who: string) =>
    new Promise<void>((resolve, reject) => {
      const line = lines.get(who) ?? [];
      if (waitMs !== undefined && pace.wait(lines, line, waiting) >= waitMs) return reject(notInTime());
      const cancel = waitMs === undefined ? undefined : after(waitMs, () => leave(who, one, waitMs));
      const one = {
        start: () => {
          cancel?.();
          resolve();
        },
        refuse: (fault: UnavailableError) => {
          cancel?.();
          reject(fault);
        },
      };
      lines.set(who, line);
      line.push(one);
      waiting += 1;
      if (waiting > maxWaiting) drop(longest(lines, line));
    });
  const drop = (line: Waiting[]) => {
    waiting -= 1;
    line.pop()?.refuse(new UnavailableError('store', new Error('too many wait for their turn')));
  };
  const leave = (who: string, one: Waiting, ms: number) => {
    const line = lines.get(who);
    const at = line?.indexOf(one) ?? -1;
    if (line === undefined || at < 0) return;
    line.splice(at, 1);
    if (line.length === 0) lines.delete(who);
    waiting -= 1;
    one.refuse(tooLate('waiting for a turn', ms));
  };
  // A place is handed on, not freed, so that nobody who comes later gets in first.
  const handOn = () => {
    const next = takeNext(lines);
    if (next === undefined) {
      running -= 1;
      return;
    }
    waiting -= 1;
    next.start();
  };
  return async (address, work) => {
    if (running < maxRunning) running += 1;
    else await join(subscriberOf(address));
    const done = pace.begin();
    try {
      return await (runMs === undefined ? work() : withDeadline(runMs, 'a look-up', work(), after));
    } finally {
      done();
      handOn();
    }
  };
}

function takeNext(lines: Lines): Waiting | undefined {
  for (const [who, line] of lines) {
    lines.delete(who);
    const next = line.shift();
    if (next === undefined) continue;
    if (line.length > 0) lines.set(who, line);
    return next;
  }
  return undefined;
}

function notInTime(): UnavailableError {
  return new UnavailableError('store', new Error('its turn would not come in time'));
}

/** How much the time of one look-up counts in that of the last ones. */
const WEIGHT = 1 / 8;

/** Tells how long a newcomer would wait, from the time that the last look-ups took, or that none has ended. */
function createPace(maxRunning: number, now: () => number) {
  let tookMs = 0;
  /** Since when all places are taken and none has become free. */
  let fullSince = now();
  let running = 0;
  return {
    begin() {
      const from = now();
      running += 1;
      if (running === maxRunning) fullSince = from;
      return () => {
        running -= 1;
        tookMs += (now() - from - tookMs) * WEIGHT;
      };
    },
    wait(lines: Lines, own: readonly Waiting[], waiting: number): number {
      const eachMs = Math.max(tookMs, now() - fullSince);
      const rounds = (ahead: number) => Math.ceil((ahead + 1) / maxRunning) * eachMs;
      return rounds(waiting) === 0 ? 0 : rounds(aheadOf(lines, own));
    },
  };
}

/** Those whose turn comes before the next one of a line: of each other line as many as it has itself, and one. */
function aheadOf(lines: Lines, own: readonly Waiting[]): number {
  let ahead = own.length;
  for (const line of lines.values()) if (line !== own) ahead += Math.min(line.length, own.length + 1);
  return ahead;
}

/** The longest line; `own` where none is longer, so that a newcomer never takes the place of an equal. */
function longest(lines: ReadonlyMap<string, Waiting[]>, own: Waiting[]): Waiting[] {
  let found = own;
  for (const line of lines.values()) if (line.length > found.length) found = line;
  return found;
}

/** Returns what counts as one caller: an IPv4 address in either spelling, a /64 of IPv6. */
export function subscriberOf(address: string | undefined): string {
  const range = address === undefined ? undefined : parseRange(address);
  if (range === undefined) return address ?? '';
  return range.family === 'ipv4' ? String(range.first) : `6 ${range.first >> IPV6_HOST_BITS}`;
}
