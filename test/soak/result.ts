import type { Disturbance } from './disturb.js';
import { decideFlatness, type Flatness, quantile, type Series } from './flatness.js';
import { answersByStatus } from './ledger.js';
import type { Run } from './soak.js';
import { samplesOf, type TakenSample } from './take-samples.js';

/** Result of a soak. */
export interface SoakResult {
  readonly operations: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly byOperation: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly breachCount: number;
  readonly breaches: readonly string[];
  /** Milliseconds from the answer to a revocation to the first refusal of another gateway. */
  readonly refusalMs: { readonly count: number; readonly p50: number; readonly p99: number; readonly max: number };
  readonly stalledMs: number;
  readonly disturbances: readonly Disturbance[];
  readonly flatness: readonly Flatness[];
  readonly samples: readonly TakenSample[];
  /** True if no promise was broken and everything is flat. */
  readonly isGood: boolean;
}

/** Part of a process's life that is warm-up: caches fill, and V8 compiles. */
const WARM_UP = 0.4;
/** Fewest samples after the warm-up from which a slope is taken. */
const MIN_SAMPLES = 8;

/** Growth of memory that counts as flat. */
const HEAP_MIB = 3;
const SHORT_HEAP_MIB = 4;
const EXTERNAL_MIB = 3;
/**
 * Bytes that a process may keep for each change: its scopes are known as long as a token that was read before may be
 * valid, 75 minutes, which is longer than a run.
 */
const BYTES_PER_CHANGE = 600;
/** Timers and immediates of work that is under way come and go. */
const TIMERS = 8;
/** Connections of the load and of the pool to the database open and close; a long run has opened all of them early. */
const CONNECTIONS = 10;
const SHORT_CONNECTIONS = 24;

const MIB = 1024 * 1024;

export function sumUp(run: Run & { readonly disturbances: readonly Disturbance[] }): SoakResult {
  const { ledger, load, stalls, options, disturbances } = run;
  const samples = samplesOf(run);
  const flatness = seriesOf(samples, options.sampleSeconds > 1).map(decideFlatness);
  const { refusals } = ledger;
  return {
    operations: load.operations,
    answers: answersByStatus(ledger),
    byOperation: ledger.answers,
    breachCount: ledger.breachCount,
    breaches: ledger.breaches,
    refusalMs: {
      count: refusals.length,
      p50: Math.round(quantile(refusals, 0.5)),
      p99: Math.round(quantile(refusals, 0.99)),
      max: Math.round(Math.max(0, ...refusals)),
    },
    stalledMs: Math.round(stalls.totalMs),
    disturbances,
    flatness,
    samples,
    isGood: ledger.breachCount === 0 && flatness.length > 0 && flatness.every(({ isFlat }) => isFlat),
  };
}

/** Returns the series of each process that lived long enough. */
function seriesOf(samples: readonly TakenSample[], isLong: boolean): readonly Series[] {
  const names = [...new Set(samples.map(nameOf))];
  return names.flatMap((name) => {
    const all = samples.filter((sample) => nameOf(sample) === name);
    const warm = all.slice(Math.ceil(all.length * WARM_UP));
    return warm.length < MIN_SAMPLES ? [] : seriesOfProcess(name, warm, changesIn(samples, warm), isLong);
  });
}

function nameOf({ gateway, life }: TakenSample): string {
  return `${gateway}${life}`;
}

function seriesOfProcess(
  name: string,
  samples: readonly TakenSample[],
  changes: number,
  isLong: boolean,
): readonly Series[] {
  const points = (read: (sample: TakenSample) => number) => samples.map((each) => ({ at: each.at, value: read(each) }));
  const heap = (isLong ? HEAP_MIB : SHORT_HEAP_MIB) + (changes * BYTES_PER_CHANGE) / MIB;
  const connections = isLong ? CONNECTIONS : SHORT_CONNECTIONS;
  return [
    { name: `${name} heap`, unit: 'MiB', points: points(({ heapMiB }) => heapMiB), mayGrow: heap },
    { name: `${name} external`, unit: 'MiB', points: points(({ externalMiB }) => externalMiB), mayGrow: EXTERNAL_MIB },
    { name: `${name} timers`, unit: 'timers', points: points(timers), mayGrow: TIMERS },
    { name: `${name} sockets`, unit: 'sockets', points: points(sockets), mayGrow: connections },
    {
      name: `${name} descriptors`,
      unit: 'files',
      points: points(({ descriptors }) => descriptors),
      mayGrow: connections,
    },
  ];
}

/** Returns the number of sockets and pipes of a process. */
export function sockets({ resources }: TakenSample): number {
  return sum(Object.entries(resources).filter(([kind]) => kind.endsWith('Wrap')));
}

/** Returns the number of timers, immediates and other work of a process that waits. */
export function timers({ resources }: TakenSample): number {
  return sum(Object.entries(resources).filter(([kind]) => !kind.endsWith('Wrap')));
}

function sum(counts: readonly (readonly [string, number])[]): number {
  return counts.reduce((total, [, count]) => total + count, 0);
}

/** Returns how many changes were written between the first and the last of these samples. */
function changesIn(all: readonly TakenSample[], part: readonly TakenSample[]): number {
  const counted = all.filter(({ rows }) => rows !== undefined);
  const from = part[0]?.at ?? 0;
  const first = counted.findLast(({ at }) => at <= from) ?? counted[0];
  const last = counted.at(-1);
  return Math.max(0, (last?.rows?.change ?? 0) - (first?.rows?.change ?? 0));
}
