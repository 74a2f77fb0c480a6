import { median } from '../harness/figure.js';
import { checkAnswers, run } from './measure.js';
import { type LoadProcess, type ServerProcess, startServer } from './processes.js';

/** Two variants whose CPU time for a request is compared: the first divided by the second. */
export type Comparison = readonly [variant: string, base: string];

/** Ratios of CPU time for a request, by comparison in the given order. */
export interface SteadyRatios {
  readonly comparisons: readonly Comparison[];
  readonly ratios: readonly (readonly number[])[];
  /** Ratios of comparisons that must come out as 1: the bare app, and one with a no-op, to another bare app. */
  readonly controls: readonly (readonly number[])[];
}

/** Options of {@link measureSteadily}. */
export interface SteadyOptions {
  readonly load: LoadProcess;
  /** Requests in a slice. */
  readonly amount: number;
  /** Most rounds. Every round starts new processes. */
  readonly rounds: number;
  /** Times each comparison is measured in a round. */
  readonly cycles: number;
  /** Requests that each server answers before it is measured. */
  readonly warmUp: number;
}

const BARE = 'bare Express 5';
const CONTROLS: readonly Comparison[] = [
  [BARE, `${BARE}, again`],
  ['no-op middleware', BARE],
];

/** Farthest that a control may be from 1. */
const TOLERANCE = 0.02;
/** Two processes of the same app can differ by 3 µs a request, so that a few of them can agree on a wrong ratio. */
const LEAST_ROUNDS = 4;

/** True if both controls came out as 1, so that differences of more than 2 % can be told. */
export function canTell({ controls }: Pick<SteadyRatios, 'controls'>): boolean {
  return controls.every((ratios) => ratios.length > 0 && Math.abs(median(ratios) - 1) <= TOLERANCE);
}

/**
 * Compares CPU time for a request in slices of a fixed number of requests, on one core. All servers of a comparison live
 * at the same time, and each slice has its counterpart within the same second: base, variant, variant, base.
 *
 * Ends after four rounds at the earliest, as soon as the controls come out as 1.
 */
export async function measureSteadily(
  comparisons: readonly Comparison[],
  options: SteadyOptions,
): Promise<SteadyRatios> {
  const all = [...CONTROLS, ...comparisons];
  const ratios: number[][] = all.map(() => []);
  const result = {
    comparisons,
    controls: ratios.slice(0, CONTROLS.length),
    ratios: ratios.slice(CONTROLS.length),
  };
  for (let round = 0; round < options.rounds; round++) {
    for (const [index, comparison] of all.entries()) {
      ratios[index]?.push(...(await measureOne(comparison, options)));
    }
    if (round + 1 >= LEAST_ROUNDS && canTell(result)) break;
  }
  return result;
}

async function measureOne([variant, base]: Comparison, options: SteadyOptions): Promise<number[]> {
  const ours = await startServer(variant);
  try {
    const theirs = await startServer(base.replace(/, again$/, ''));
    try {
      await checkAnswers(variant, ours);
      await checkAnswers(base, theirs);
      return await measurePair(ours, theirs, options);
    } finally {
      await theirs.stop();
    }
  } finally {
    await ours.stop();
  }
}

async function measurePair(ours: ServerProcess, theirs: ServerProcess, options: SteadyOptions): Promise<number[]> {
  const slice = (server: ServerProcess) => cpuPerRequest(server, options);
  for (let answered = 0; answered < options.warmUp; answered += options.amount) {
    await slice(ours);
    await slice(theirs);
  }
  const ratios: number[] = [];
  for (let cycle = 0; cycle < options.cycles; cycle++) {
    const before = await slice(theirs);
    const between = (await slice(ours)) + (await slice(ours));
    ratios.push(between / (before + (await slice(theirs))));
  }
  return ratios;
}

/** Microseconds of the server's CPU for each request of one slice. */
async function cpuPerRequest(server: ServerProcess, { load, amount }: SteadyOptions): Promise<number> {
  const before = await server.cpu();
  const { count } = await run(server, load, { seconds: LONGEST_SLICE_SECONDS, amount, awake: true });
  return ((await server.cpu()) - before) / count;
}

const LONGEST_SLICE_SECONDS = 60;
