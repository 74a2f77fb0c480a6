/**
 * Times at which the machine did not run what the soak waits for: this program, a gateway, or the database. A gateway
 * answers 503 to what could not be served in time, and is right to do so.
 */
export interface Stalls {
  readonly totalMs: number;
  /** Notes that something did not run for the last `ms` milliseconds. */
  note(ms: number): void;
  /** True if something stood still from `from` to `to`, or so shortly before that it was still late. */
  overlaps(from: number, to: number): boolean;
  stop(): void;
}

/** Something that is this late did not run. PostgreSQL ends a write whose process pauses for 750 ms in all. */
export const LATE_MS = 150;

const TICK_MS = 50;
const PING_MS = 500;
/** Longest time for which a write waits for its turn, and a little more. */
const AFTER_MS = 6000;

/** Watches this program, and the database by a statement of no work. */
export function watchStalls(ping: () => Promise<void>): Stalls {
  const found: { readonly from: number; to: number }[] = [];
  const note = (ms: number) => {
    const to = performance.now();
    const last = found.at(-1);
    if (last !== undefined && last.to >= to - ms) last.to = to;
    else found.push({ from: to - ms, to });
  };
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    if (now - last > LATE_MS) note(now - last);
    last = now;
  };
  const timer = setInterval(look, TICK_MS);
  const state = { stopped: false };
  void pingOn(ping, note, state);
  return {
    get totalMs() {
      return found.reduce((sum, { from, to }) => sum + to - from, 0);
    },
    note,
    overlaps(from, to) {
      look();
      return found.some((stall) => from < stall.to + AFTER_MS && to > stall.from);
    },
    stop() {
      state.stopped = true;
      clearInterval(timer);
    },
  };
}

async function pingOn(
  ping: () => Promise<void>,
  note: (ms: number) => void,
  state: { readonly stopped: boolean },
): Promise<void> {
  while (!state.stopped) {
    const from = performance.now();
    await ping().catch(() => note(LATE_MS + 1));
    const ms = performance.now() - from;
    if (ms > LATE_MS) note(ms);
    await new Promise((resolve) => setTimeout(resolve, PING_MS));
  }
}
