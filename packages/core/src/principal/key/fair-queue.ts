import { type After, systemAfter, tooLate, withDeadline } from '../../deadlines.js';
import { UnavailableError } from '../../denial/errors.js';
import { parseAddress, subscriberText } from './range.js';

/** Bounds of {@link createFairQueue}. */
export interface FairQueueOptions {
  /**
   * Lookups that run at the same time. The default leaves two connections of a pool of ten for other work.
   *
   * @default 8
   */
  readonly maxRunning?: number;
  /**
   * Lookups that can wait, of all addresses together.
   *
   * @default 1024
   */
  readonly maxWaiting?: number;
  /**
   * Milliseconds that a lookup can wait before it starts.
   *
   * @default no limit
   */
  readonly waitMs?: number | undefined;
  /**
   * Milliseconds after which a running lookup is abandoned, so that the next one can start.
   *
   * @default no limit
   */
  readonly runMs?: number | undefined;
  /**
   * Returns milliseconds since an arbitrary start, which never go back.
   *
   * @default performance.now
   */
  readonly now?: () => number;
  /**
   * @default setTimeout
   */
  readonly after?: After | undefined;
}

/**
 * Runs lookups, up to a maximum number at the same time. Further lookups wait, and the addresses that wait take turns,
 * so that a client which sends thousands of lookups delays only itself. All texts that are not addresses are queued
 * like addresses.
 *
 * Rejects with `UnavailableError` if a lookup has waited or run too long. It also rejects immediately if the lookup
 * could not start in time, judging by how long recent lookups took. If the queue is full, the newest lookup of the
 * address with the most waiting lookups is rejected.
 */
export type FairQueue = <T>(address: string | undefined, work: () => Promise<T>) => Promise<T>;

interface QueuedTask {
  readonly start: () => void;
  readonly refuse: (fault: UnavailableError) => void;
}

/** Waiting lookups by address. The address whose turn is next comes first. */
type Lines = Map<string, QueuedTask[]>;

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
  const drop = (line: QueuedTask[]) => {
    waiting -= 1;
    line.pop()?.refuse(new UnavailableError('store', new Error('too many wait for their turn')));
  };
  const leave = (who: string, one: QueuedTask, ms: number) => {
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

function takeNext(lines: Lines): QueuedTask | undefined {
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

/** Weight of the last lookup in the average duration. */
const WEIGHT = 1 / 8;

/**
 * Estimates how long a new lookup would wait, from how long recent ones took, or from how long all places have been
 * taken.
 */
function createPace(maxRunning: number, now: () => number) {
  let tookMs = 0;
  /** Time since which all places are taken. */
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
    wait(lines: Lines, own: readonly QueuedTask[], waiting: number): number {
      const eachMs = Math.max(tookMs, now() - fullSince);
      const rounds = (ahead: number) => Math.ceil((ahead + 1) / maxRunning) * eachMs;
      return rounds(waiting) === 0 ? 0 : rounds(aheadOf(lines, own));
    },
  };
}

/**
 * Returns how many lookups run before the next one of a line: its own, and of each other line at most one more than
 * that.
 */
function aheadOf(lines: Lines, own: readonly QueuedTask[]): number {
  let ahead = own.length;
  for (const line of lines.values()) if (line !== own) ahead += Math.min(line.length, own.length + 1);
  return ahead;
}

/**
 * Returns the longest line. Returns `own` if no other is longer, so that a new lookup never displaces one of an equal
 * line.
 */
function longest(lines: ReadonlyMap<string, QueuedTask[]>, own: QueuedTask[]): QueuedTask[] {
  let found = own;
  for (const line of lines.values()) if (line.length > found.length) found = line;
  return found;
}

/** Returns the text that identifies one caller: an IPv4 address, in either spelling, or the /64 of an IPv6 address. */
export function subscriberOf(text: string | undefined): string {
  const address = text === undefined ? undefined : parseAddress(text);
  return address === undefined ? (text ?? '') : subscriberText(address);
}
