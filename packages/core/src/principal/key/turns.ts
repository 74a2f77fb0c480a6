import { UnavailableError } from '../../answer/errors.js';
import { parseRange } from './range.js';

/** Bounds of {@link createTurns}. */
export interface TurnsOptions {
  /** Look-ups under way at once. Default 8: of a pool of ten connections, two are left for everything else. */
  readonly maxRunning?: number;
  /** Look-ups that may wait, of all addresses together. Default 1024. */
  readonly maxWaiting?: number;
}

/**
 * Runs look-ups, so many at once. Past it they wait, and the addresses take turns: whoever asks for thousands waits
 * behind their own. A text that is no address stands for one caller too.
 *
 * Rejects with `UnavailableError` when too many wait: the latest of the address that most of them are of.
 */
export type Turns = <T>(address: string | undefined, work: () => Promise<T>) => Promise<T>;

interface Waiting {
  readonly start: () => void;
  readonly refuse: (fault: UnavailableError) => void;
}

/** An IPv6 subscriber has a /64 at least, and could be as many addresses as they like. */
const IPV6_PREFIX_BITS = 64n;
const IPV6_HOST_BITS = 128n - IPV6_PREFIX_BITS;

export function createTurns({ maxRunning = 8, maxWaiting = 1024 }: TurnsOptions = {}): Turns {
  /** Those who wait, by address; the address whose turn is next comes first. */
  const lines = new Map<string, Waiting[]>();
  let running = 0;
  let waiting = 0;
  const join = (who: string) =>
    new Promise<void>((start, refuse) => {
      const line = lines.get(who) ?? [];
      lines.set(who, line);
      line.push({ start, refuse });
      waiting += 1;
      if (waiting > maxWaiting) drop(longest(lines, line));
    });
  const drop = (line: Waiting[]) => {
    waiting -= 1;
    line.pop()?.refuse(new UnavailableError('store', new Error('too many look-ups are waiting')));
  };
  // A place is handed on, not freed, so that nobody who comes later gets in first.
  const handOn = () => {
    for (const [who, line] of lines) {
      lines.delete(who);
      const next = line.shift();
      if (next === undefined) continue;
      if (line.length > 0) lines.set(who, line);
      waiting -= 1;
      next.start();
      return;
    }
    running -= 1;
  };
  return async (address, work) => {
    if (running < maxRunning) running += 1;
    else await join(subscriberOf(address));
    try {
      return await work();
    } finally {
      handOn();
    }
  };
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
