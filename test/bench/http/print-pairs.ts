import { printFigure } from '../harness/figure.js';
import type { Sample } from './measure.js';

/** A variant beside the bare app of the same minute. */
export interface Pair {
  readonly variant: Sample;
  readonly bare: readonly Sample[];
}

/** Measurements by the name of the variant: one pair for each round. */
export type Pairs = ReadonlyMap<string, readonly Pair[]>;

type Measure = (sample: Sample) => number;

const throughput: Measure = ({ perSecond }) => perSecond;
const cpu: Measure = ({ cpuPerRequest }) => cpuPerRequest;

/** Comparisons with something other than the bare app: two variants, and the compared value. */
const comparisons: readonly (readonly [name: string, to: string, what: string, of: Measure])[] = [
  ['x-api-key, warm', 'by hand: LRU and permission check', 'throughput', throughput],
  ['x-api-key, warm', 'passport-headerapikey, key in a Map', 'throughput', throughput],
  ['Bearer HS256, warm', 'fast-jwt HS256, cache', 'throughput', throughput],
  ['Bearer RS256, warm', 'fast-jwt RS256, cache', 'throughput', throughput],
  ['Bearer ES256, warm', 'fast-jwt ES256, cache', 'throughput', throughput],
  ['Bearer of another issuer, warm', 'Bearer RS256, warm', 'throughput', throughput],
  ['x-api-key, warm, protected resource', 'x-api-key, warm', 'throughput', throughput],
  ['Bearer RS256, warm, protected resource', 'Bearer RS256, warm', 'throughput', throughput],
  ['x-api-key, warm, guard on a list of 100', 'list of 100, no authorization', 'throughput', throughput],
  ['x-api-key, warm, with limiter', 'express-rate-limit alone', 'throughput', throughput],
];

/** Prints every variant beside the bare app, and what is to be compared with something else. */
export function printPairs(pairs: Pairs): void {
  for (const [name, measured] of pairs) printVariant(name, measured);
  for (const [name, to, what, of] of comparisons) {
    const ours = (pairs.get(name) ?? []).map((pair) => toBare(pair, of));
    const theirs = (pairs.get(to) ?? []).map((pair) => toBare(pair, of));
    if (ours.length === 0 || ours.length !== theirs.length) continue;
    // Both stand beside a bare app of their own minute: what changed between the two minutes falls out.
    const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
    printFigure(`http/${name}/${what} ÷ ${to}`, 'ratio', ratios);
  }
}

function printVariant(name: string, pairs: readonly Pair[]): void {
  const ratios = (of: Measure) => pairs.map((pair) => toBare(pair, of));
  const values = (of: Measure) => pairs.map(({ variant }) => of(variant));
  printFigure(`http/${name}/throughput ÷ bare`, 'ratio', ratios(throughput));
  printFigure(`http/${name}/CPU ÷ bare`, 'ratio', ratios(cpu));
  printFigure(
    `http/${name}/p50 ÷ bare`,
    'ratio',
    ratios(({ p50 }) => p50),
  );
  printFigure(
    `http/${name}/p99 ÷ bare`,
    'ratio',
    ratios(({ p99 }) => p99),
  );
  printFigure(`http/${name}/throughput`, '1/s', values(throughput));
  printFigure(
    `http/${name}/p50`,
    'ms',
    values(({ p50 }) => p50),
  );
  printFigure(
    `http/${name}/p99`,
    'ms',
    values(({ p99 }) => p99),
  );
}

function toBare({ variant, bare }: Pair, of: Measure): number {
  return (of(variant) * bare.length) / bare.reduce((sum, each) => sum + of(each), 0);
}
