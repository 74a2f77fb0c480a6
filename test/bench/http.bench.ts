import { hasPostgres } from './harness/fixture.js';
import { type BenchOptions, isWanted, parseCommand } from './harness/options.js';
import { loadPeer } from './harness/peers.js';
import type { Variant } from './http/app.js';
import { floorApps } from './http/floor-apps.js';
import { measureKeyCreation, measureTail } from './http/latency.js';
import { measure, type Sample } from './http/measure.js';
import { ownApps } from './http/own-apps.js';
import { type Pair, printPairs } from './http/print-pairs.js';
import { hasOwnCores, type LoadProcess, startLoad } from './http/processes.js';

const BARE = 'bare Express 5';
/** Variants between two measurements of the bare app; all of them where nothing is to be measured. */
const STRIDE = 4;
const SMOKE_STRIDE = 100;

async function bench(options: BenchOptions): Promise<void> {
  if (!hasOwnCores) process.stderr.write('server and load generator share the cores: figures will be worse\n');
  const names = (await variantNames()).filter((name) => isWanted(name, options));
  const load = startLoad();
  try {
    const pairs = new Map<string, Pair[]>(names.map((name) => [name, []]));
    for (let round = 0; round < options.rounds; round++) {
      for (const [name, pair] of await oneRound(rotated(names, round), load, options)) pairs.get(name)?.push(pair);
    }
    printPairs(pairs);
    if (options.smoke) return;
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
  const stride = options.smoke ? SMOKE_STRIDE : STRIDE;
  for (let at = 0; at < names.length; at += stride) {
    const between: (readonly [string, Sample])[] = [];
    for (const name of names.slice(at, at + stride)) between.push([name, await measure(name, load, options)]);
    const after = await measure(BARE, load, options);
    const bare = [before, after];
    for (const [name, variant] of between) pairs.push([name, { variant, bare }]);
    before = after;
  }
  return pairs;
}

await bench(parseCommand(process.argv.slice(2)));
