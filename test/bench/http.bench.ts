import { printFigure } from './harness/figure.js';
import { type BenchOptions, isWanted, parseCommand } from './harness/options.js';
import { loadPeer } from './harness/peers.js';
import { hasPostgres } from './harness/setting.js';
import type { Variant } from './http/app.js';
import { floorApps } from './http/floor-apps.js';
import { measureKeyCreation, measureTail } from './http/latency.js';
import { measure, type Sample } from './http/measure.js';
import { ownApps } from './http/own-apps.js';
import { hasOwnCores, type LoadProcess, startLoad } from './http/processes.js';

const BARE = 'bare Express 5';
/** Variants between two measurements of the bare app. */
const STRIDE = 4;

/** A variant beside the bare app of the same minute. */
interface Pair {
  readonly variant: Sample;
  readonly bare: readonly Sample[];
}

async function bench(options: BenchOptions): Promise<void> {
  if (!hasOwnCores) process.stderr.write('server and load generator share the cores: figures will be worse\n');
  const names = (await variantNames()).filter((name) => isWanted(name, options));
  const load = startLoad();
  try {
    const pairs = new Map<string, Pair[]>(names.map((name) => [name, []]));
    for (let round = 0; round < options.rounds; round++) {
      for (const [name, pair] of await oneRound(rotated(names, round), load, options)) pairs.get(name)?.push(pair);
    }
    for (const [name, measured] of pairs) printVariant(name, measured);
    if (isWanted('tail', options)) await measureTail(load, options);
    if (isWanted('key creation', options)) await measureKeyCreation(load, options);
  } finally {
    await load.stop();
  }
}

async function variantNames(): Promise<string[]> {
  const { peerApps } = await loadPeer<{ peerApps: readonly Variant[] }>('apps.js');
  const all = [...floorApps, ...ownApps, ...peerApps].map(({ name }) => name).filter((name) => name !== BARE);
  return (await hasPostgres()) ? all : all.filter((name) => !name.includes('PostgreSQL'));
}

/** Another order in each round, so that no variant always has the same neighbours. */
function rotated(names: readonly string[], round: number): string[] {
  const start = Math.floor((round * names.length) / 3) % Math.max(1, names.length);
  const turned = [...names.slice(start), ...names.slice(0, start)];
  return round % 2 === 0 ? turned : turned.reverse();
}

async function oneRound(
  names: readonly string[],
  load: LoadProcess,
  options: BenchOptions,
): Promise<readonly (readonly [string, Pair])[]> {
  const pairs: (readonly [string, Pair])[] = [];
  let before = await measure(BARE, load, options);
  for (let at = 0; at < names.length; at += STRIDE) {
    const between: (readonly [string, Sample])[] = [];
    for (const name of names.slice(at, at + STRIDE)) between.push([name, await measure(name, load, options)]);
    const after = await measure(BARE, load, options);
    const bare = [before, after];
    for (const [name, variant] of between) pairs.push([name, { variant, bare }]);
    before = after;
  }
  return pairs;
}

function printVariant(name: string, pairs: readonly Pair[]): void {
  const ratios = (of: (sample: Sample) => number) =>
    pairs.map(({ variant, bare }) => (of(variant) * bare.length) / bare.reduce((sum, each) => sum + of(each), 0));
  printFigure(`http/${name}/throughput ÷ bare`, 'ratio', ratios(({ perSecond }) => perSecond));
  printFigure(`http/${name}/CPU ÷ bare`, 'ratio', ratios(({ cpuPerRequest }) => cpuPerRequest));
  printFigure(`http/${name}/p50 ÷ bare`, 'ratio', ratios(({ p50 }) => p50));
  printFigure(`http/${name}/p99 ÷ bare`, 'ratio', ratios(({ p99 }) => p99));
  printFigure(`http/${name}/throughput`, '1/s', pairs.map(({ variant }) => variant.perSecond));
  printFigure(`http/${name}/p50`, 'ms', pairs.map(({ variant }) => variant.p50));
  printFigure(`http/${name}/p99`, 'ms', pairs.map(({ variant }) => variant.p99));
}

await bench(parseCommand(process.argv.slice(2)));
