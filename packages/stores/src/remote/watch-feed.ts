import type { ChangePage } from '@flairgate/core/administration';
import type { FeedPlace, FeedQuestion } from './feed.js';

export interface WatchOptions {
  ask(input: FeedQuestion, signal: AbortSignal): Promise<ChangePage>;
  /** Where the last pull ended; undefined before the first. */
  placeNow(): FeedPlace | undefined;
  /** Has the changes pulled; what it gives is waited for. */
  wake(): unknown;
  /** Fires when the store is closed. */
  readonly closing: AbortSignal;
}

/** Seconds a question may be held; the issuer cuts it to a third of its bound. */
const HELD_SECONDS = 30;

/** Pauses after a question that brought nothing and was not held, or failed: the first, and the longest. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** An answer without a change that took this long was held. */
const HELD_LONG_MS = 250;

/**
 * Keeps a question held at the issuer, and calls `wake` when it answers with a change. Gives the function that stops it.
 *
 * It only hastens: what it hears is pulled again, and while it fails the regular pulls keep the bound.
 */
export function watchFeed(options: WatchOptions): () => void {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.closing, stopping.signal]);
  void watch(options, signal);
  return () => stopping.abort(new Error('nobody listens any more'));
}

async function watch(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const ear: PollState = { place: undefined, pulled: undefined, pauseMs: FIRST_PAUSE_MS };
  while (!signal.aborted) {
    catchUp(ear, options.placeNow());
    const startedAt = performance.now();
    const heard = ear.place === undefined ? undefined : await listen(options, ear.place, signal);
    if (signal.aborted) return;
    if (heard !== undefined && hasChanges(heard, ear.place)) {
      ear.place = { inc: heard.inc, n: heard.n };
      ear.pauseMs = FIRST_PAUSE_MS;
      // Asked again meanwhile, the issuer would answer what is being pulled.
      await options.wake();
    } else {
      await rest(ear, heard !== undefined && performance.now() - startedAt >= HELD_LONG_MS, signal);
    }
  }
}

interface PollState {
  /** Where the next question goes on. */
  place: FeedPlace | undefined;
  pulled: FeedPlace | undefined;
  pauseMs: number;
}

/** A pull that is under way, or failed, must not take back what was heard: it would be heard again at once. */
function catchUp(ear: PollState, pulled: FeedPlace | undefined): void {
  if (pulled === ear.pulled) return;
  ear.pulled = pulled;
  ear.place = further(ear.place, pulled);
}

/** Goes on at once where the question was held; else waits, longer each time. */
async function rest(ear: PollState, wasHeld: boolean, signal: AbortSignal): Promise<void> {
  if (wasHeld) {
    ear.pauseMs = FIRST_PAUSE_MS;
    return;
  }
  await pause(ear.pauseMs, signal);
  if (ear.place !== undefined) ear.pauseMs = Math.min(ear.pauseMs * 2, LONGEST_PAUSE_MS);
}

/** Another incarnation begins anew, so its numbers are not compared. */
function further(heard: FeedPlace | undefined, pulled: FeedPlace | undefined): FeedPlace | undefined {
  if (heard === undefined || pulled === undefined || heard.inc !== pulled.inc) return pulled;
  return pulled.n > heard.n ? pulled : heard;
}

interface Heard extends FeedPlace {
  readonly more: boolean;
}

function hasChanges(heard: Heard, known: FeedPlace | undefined): boolean {
  return heard.more || heard.inc !== known?.inc || heard.n !== known.n;
}

async function listen({ ask }: WatchOptions, { inc, n }: FeedPlace, signal: AbortSignal): Promise<Heard | undefined> {
  try {
    const page = await ask({ inc, after: n, waitSeconds: HELD_SECONDS }, signal);
    return { inc: page.inc, n: page.n, more: page.more };
  } catch {
    // The next question comes after a pause; pulls tell of the failure.
    return undefined;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener('abort', done, { once: true });
  });
}
