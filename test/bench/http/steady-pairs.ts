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
  /** Two load generators, one for each server of a comparison. */
  readonly loads: readonly [LoadProcess, LoadProcess];
  /** Most rounds. Every round starts new processes. */
  readonly rounds: number;
  /** Times each comparison is measured in a round. */
  readonly windows: number;
  /** Seconds of one measurement. */
  readonly windowSeconds: number;
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
 * Compares CPU time for a request. The two servers of a comparison share one core and are under load at the same time,
 * so that whatever slows the machine slows both.
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
    // The order of start changes, because it could favor one of the two servers.
    const isInOrder = round % 2 === 0;
    for (const [index, comparison] of all.entries()) {
      ratios[index]?.push(...(await measureOne(comparison, isInOrder, options)));
      // The controls decide whether all the others count, so they have twice as many samples.
      if (index < CONTROLS.length) ratios[index]?.push(...(await measureOne(comparison, !isInOrder, options)));
    }
    if (round + 1 >= LEAST_ROUNDS && canTell(result)) break;
  }
  return result;
}

async function measureOne(comparison: Comparison, isInOrder: boolean, options: SteadyOptions): Promise<number[]> {
  const [one, other] = isInOrder ? comparison : ([comparison[1], comparison[0]] as const);
  const both = await Promise.all([startChecked(one), startChecked(other)]);
  try {
    const [first, second] = both;
    return isInOrder ? await measurePair(first, second, options) : await measurePair(second, first, options);
  } finally {
    await Promise.all(both.map((server) => server.stop()));
  }
}

/** Starts a variant. The second bare app is the same variant in a process of its own. */
async function startChecked(name: string): Promise<ServerProcess> {
  const server = await startServer(name.replace(/, again$/, ''));
  await checkAnswers(name, server);
  return server;
}

async function measurePair(ours: ServerProcess, theirs: ServerProcess, options: SteadyOptions): Promise<number[]> {
  const { loads, windows, windowSeconds, warmUp } = options;
  const [one, other] = loads;
  const warming = { seconds: LONGEST_WARM_UP_SECONDS, connections: CONNECTIONS, awake: true, amount: warmUp };
  await Promise.all([run(ours, one, warming), run(theirs, other, warming)]);
  const ratios: number[] = [];
  for (let window = 0; window < windows; window++) {
    const [forOurs, forTheirs] = window % 2 === 0 ? [one, other] : [other, one];
    const [mine, yours] = await Promise.all([
      cpuPerRequest(ours, forOurs, windowSeconds),
      cpuPerRequest(theirs, forTheirs, windowSeconds),
    ]);
    ratios.push(mine / yours);
  }
  return ratios;
}

/** Microseconds of the server's CPU for each request of one measurement. */
async function cpuPerRequest(server: ServerProcess, load: LoadProcess, seconds: number): Promise<number> {
  const before = await server.cpu();
  const { count } = await run(server, load, { seconds, connections: CONNECTIONS, awake: true });
  return ((await server.cpu()) - before) / count;
}

/** Connections to each of the two servers. */
const CONNECTIONS = 16;
const LONGEST_WARM_UP_SECONDS = 60;
