import type { ChangePage } from '@flairgate/core/administration';
import { pause } from '../pause.js';
import type { FeedPosition, FeedRequest } from './feed-request.js';

export interface WatchOptions {
  ask(input: FeedRequest, signal: AbortSignal): Promise<ChangePage>;
  /** Returns the position after the last pull (read of all new changes). Undefined before the first pull. */
  placeNow(): FeedPosition | undefined;
  /** Starts a pull. If `wake` returns a promise, the next poll waits for the promise. */
  wake(): unknown;
  /** Fires when the store is closed. */
  readonly closing: AbortSignal;
}

/**
 * Seconds for which a poll asks the issuer to delay its response until there is a change (to hold the request). The
 * issuer holds a request for at most a third of its maximum staleness.
 */
const HELD_SECONDS = 30;

/**
 * First pause after an unsuccessful request, in milliseconds; each further pause is longer. A request is unsuccessful
 * if it failed, or if the response came immediately and contained no change.
 */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Minimum duration of a request that the issuer held, in milliseconds. A faster response without a change means that
 * the issuer did not hold the request.
 */
const HELD_LONG_MS = 250;

/**
 * Keeps a long poll open at the issuer, and calls `wake` when a response contains a change. Returns a function that
 * stops polling.
 *
 * The poll only makes changes known sooner. The pull that `wake` starts reads the changes again. Regular pulls find
 * every change even while the poll fails.
 */
export function watchFeed(options: WatchOptions): () => void {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.closing, stopping.signal]);
  void watch(options, signal);
  return () => stopping.abort(new Error('the request was aborted by its caller'));
}

async function watch(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const state: PollState = { place: undefined, pulled: undefined, pauseMs: FIRST_PAUSE_MS };
  while (!signal.aborted) {
    catchUp(state, options.placeNow());
    const startedAt = performance.now();
    const heard = state.place === undefined ? undefined : await waitForChanges(options, state.place, signal);
    if (signal.aborted) return;
    if (heard !== undefined && hasChanges(heard, state.place)) {
      state.place = { inc: heard.inc, n: heard.n };
      state.pauseMs = FIRST_PAUSE_MS;
      // Wait for the pull: until it is done, the issuer would return the same changes again.
      await options.wake();
    } else {
      await backOff(state, heard !== undefined && performance.now() - startedAt >= HELD_LONG_MS, signal);
    }
  }
}

interface PollState {
  /** Position after which the next request asks for changes. */
  place: FeedPosition | undefined;
  pulled: FeedPosition | undefined;
  pauseMs: number;
}

/**
 * Moves the position forward after a pull. The position never moves back because of a pull that is running or failed.
 * Otherwise the issuer would send the same changes again.
 */
function catchUp(state: PollState, pulled: FeedPosition | undefined): void {
  if (pulled === state.pulled) return;
  state.pulled = pulled;
  state.place = further(state.place, pulled);
}

/** Returns immediately if the issuer held the request. Otherwise waits, each time longer than before. */
async function backOff(state: PollState, wasHeld: boolean, signal: AbortSignal): Promise<void> {
  if (wasHeld) {
    state.pauseMs = FIRST_PAUSE_MS;
    return;
  }
  await pause(state.pauseMs, signal);
  if (state.place !== undefined) state.pauseMs = Math.min(state.pauseMs * 2, LONGEST_PAUSE_MS);
}

/**
 * Returns the position after which the next request asks for changes: the later of the two positions. If the positions
 * belong to different histories of the issuer (incarnations), returns the position of the pull. Change numbers of
 * different histories cannot be compared, because each history has its own numbers.
 */
function further(heard: FeedPosition | undefined, pulled: FeedPosition | undefined): FeedPosition | undefined {
  if (heard === undefined || pulled === undefined || heard.inc !== pulled.inc) return pulled;
  return pulled.n > heard.n ? pulled : heard;
}

interface Heard extends FeedPosition {
  readonly more: boolean;
}

function hasChanges(heard: Heard, known: FeedPosition | undefined): boolean {
  return heard.more || heard.inc !== known?.inc || heard.n !== known.n;
}

async function waitForChanges(
  { ask }: WatchOptions,
  { inc, n }: FeedPosition,
  signal: AbortSignal,
): Promise<Heard | undefined> {
  try {
    const page = await ask({ inc, after: n, waitSeconds: HELD_SECONDS }, signal);
    return { inc: page.inc, n: page.n, more: page.more };
  } catch {
    // The failure is not reported here, because pulls report it. The next request follows after a pause.
    return undefined;
  }
}
