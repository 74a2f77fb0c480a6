import { type After, systemAfter, tooLate, withDeadline } from '../../deadlines.js';
import { UnavailableError } from '../../denial/errors.js';
import { parseAddress, subscriberText } from './range.js';

/** Options of {@link createFairQueue}. */
export interface FairQueueOptions {
  /**
   * Maximum number of lookups that run at the same time. The default leaves two connections of a pool of ten for other
   * work.
   *
   * @default 8
   */
  readonly maxRunning?: number;
  /**
   * Maximum number of lookups that wait, from all addresses together.
   *
   * @default 1024
   */
  readonly maxWaiting?: number;
  /**
   * Maximum time, in milliseconds, that a lookup waits before it starts.
   *
   * @default no limit
   */
  readonly waitMs?: number | undefined;
  /**
   * Time, in milliseconds, after which a running lookup is abandoned, so that the next lookup can start.
   *
   * @default no limit
   */
  readonly runMs?: number | undefined;
  /**
   * Monotonic clock: returns milliseconds since an arbitrary start and never decreases.
   *
   * @default performance.now
   */
  readonly now?: () => number;
  /**
   * Starts a timer.
   *
   * @default setTimeout
   */
  readonly after?: After | undefined;
}

/**
 * Queue that runs up to a maximum number of lookups at the same time. Further lookups wait in one line per client
 * address, and the lines take turns, so that a client that sends thousands of lookups delays only itself. An `address`
 * that is not an IP address has a line of its own.
 *
 * Rejects with `UnavailableError` if a lookup waited or ran too long. Also rejects immediately if the lookup is not
 * expected to start in time, based on how long recent lookups took. If the queue is full, the newest lookup in the
 * longest line is rejected.
 */
export type FairQueue = <T>(address: string | undefined, work: () => Promise<T>) => Promise<T>;

interface QueuedTask {
  readonly start: () => void;
  readonly refuse: (fault: UnavailableError) => void;
}

/** Waiting lookups of each client address. The first lookup of the first line runs next. */
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
  // A finished lookup gives its slot to the next waiting lookup, so that a new lookup cannot take the slot first.
  const handOn = () => {
    const next = takeNext(lines);
    if (next === undefined) {
      running -= 1;
      return;
    }
    waiting -= 1;
    next.start();
  };
  return async function inTurn(address, work) {
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

/** Weight of the most recent lookup in the moving average of lookup durations. */
const WEIGHT = 1 / 8;

/**
 * Creates an estimator of how long a new lookup would wait. The estimator assumes that each lookup takes as long as
 * recent lookups took on average. If no slot has become free for longer than this average, the estimator assumes that
 * longer time.
 */
function createPace(maxRunning: number, now: () => number) {
  let tookMs = 0;
  /** Time at which the last free slot was most recently taken. */
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
 * Returns how many waiting lookups run before a new lookup in the line `own`. All lookups that wait in `own` run first.
 * Because lines take turns, up to `own.length + 1` lookups from each other line run first too.
 */
function aheadOf(lines: Lines, own: readonly QueuedTask[]): number {
  let ahead = own.length;
  for (const line of lines.values()) if (line !== own) ahead += Math.min(line.length, own.length + 1);
  return ahead;
}

/**
 * Returns the longest line. `own` is the line of the new lookup. If another line is only as long as `own`, `own` is
 * returned, so that the new lookup does not displace a lookup from that other line.
 */
function longest(lines: ReadonlyMap<string, QueuedTask[]>, own: QueuedTask[]): QueuedTask[] {
  let found = own;
  for (const line of lines.values()) if (line.length > found.length) found = line;
  return found;
}

/**
 * Returns the string that identifies one client: its IPv4 address, or the /64 network of its IPv6 address. An
 * IPv4-mapped IPv6 address counts as IPv4. A string that is not an address is returned unchanged.
 */
export function subscriberOf(text: string | undefined): string {
  const address = text === undefined ? undefined : parseAddress(text);
  return address === undefined ? (text ?? '') : subscriberText(address);
}
