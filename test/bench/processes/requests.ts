import { setTimeout } from 'node:timers/promises';
import { createKey, setKeyState } from '@flairgate/core/administration';
import { OPERATOR } from '../growth/room.js';
import { printFigure } from '../harness/figure.js';
import { permissions, unwrap } from '../harness/fixture.js';
import type { BenchOptions } from '../harness/options.js';
import type { Fleet, Gateway } from './fleet.js';
import { paths } from './places.js';

/** Callers of each gateway, and the pause of each after an answer: a load at which no process waits for a core. */
const CALLERS = 4;
const REST_MS = 8;
export const PROCESSES = 2;
/** Milliseconds between two changes of the stream. */
const CHANGE_EVERY_MS = 50;

const loads = [
  { name: 'warm key', path: paths.open, changes: false },
  { name: 'warm key, limit in Redis', path: paths.limited, changes: false },
  { name: 'warm key, 20 changes a second', path: paths.open, changes: true },
  { name: 'warm key, limit in Redis, 20 changes a second', path: paths.limited, changes: true },
] as const;

type Load = (typeof loads)[number];

/** CPU times of a request, in nanoseconds, one of each round. */
interface Samples {
  readonly one: number[];
  readonly two: number[];
}

/** Requests of each gateway on each path before anything is measured, so that V8 has compiled what they need. */
const WARM_UP = 15_000;
const SMOKE_WARM_UP = 50;

/** Measures the CPU time of a request while one gateway has requests and while two have, in turns. */
export async function measureRequests(fleet: Fleet, options: BenchOptions): Promise<void> {
  const key = await newKey(fleet, 'calling');
  const changed = await newKey(fleet, 'changing');
  const samples = new Map<string, Samples>(loads.map(({ name }) => [name, { one: [], two: [] }]));
  await withGateways(fleet, async (gateways) => {
    for (const path of Object.values(paths)) await warmUp(gateways, path, key.text, options);
    const measure = async (load: Load, { one, two }: Samples) => {
      const alone: number[] = [];
      for (const gateway of gateways) alone.push(await cpuOf([gateway], load, key.text, options));
      one.push(alone.reduce((sum, cpu) => sum + cpu, 0) / alone.length);
      two.push(await cpuOf(gateways, load, key.text, options));
    };
    for (let round = 0; round < options.rounds; round += 1) {
      for (const load of loads) {
        const into = samples.get(load.name) ?? { one: [], two: [] };
        const changes = load.changes ? changesOf(fleet, changed.keyId) : undefined;
        await measure(load, into).finally(() => changes?.stop());
      }
    }
  });
  for (const [name, { one, two }] of samples) {
    printFigure(`processes/${name}, 1 process/CPU per request`, 'ns', one);
    printFigure(`processes/${name}, 2 processes/CPU per request`, 'ns', two);
    const ratios = two.map((value, round) => value / (one[round] ?? Number.NaN));
    printFigure(`processes/${name}/CPU per request, 2 processes ÷ 1`, 'ratio', ratios);
  }
}

/** Runs `work` with two gateways, and stops them. */
export async function withGateways<R>(fleet: Fleet, work: (gateways: readonly Gateway[]) => Promise<R>): Promise<R> {
  const gateways: Gateway[] = [];
  try {
    while (gateways.length < PROCESSES) gateways.push(await fleet.start());
    return await work(gateways);
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
  }
}

async function warmUp(gateways: readonly Gateway[], path: string, key: string, { smoke }: BenchOptions): Promise<void> {
  const call = async (gateway: Gateway) => {
    for (let left = (smoke ? SMOKE_WARM_UP : WARM_UP) / CALLERS; left > 0; left -= 1) await gateway.ask(path, key);
  };
  await Promise.all(gateways.flatMap((gateway) => Array.from({ length: CALLERS }, () => call(gateway))));
}

export async function newKey({ context, oid }: Fleet, name: string) {
  const owner = { kind: 'organization', oid } as const;
  return unwrap(await createKey(context, OPERATOR, { owner, name, permissions }));
}

/** Nanoseconds of CPU for each request, of all gateways together. */
async function cpuOf(
  gateways: readonly Gateway[],
  { path }: Load,
  key: string,
  { seconds }: BenchOptions,
): Promise<number> {
  await send(gateways, path, key, seconds / 2);
  const before = await totalCpu(gateways);
  const count = await send(gateways, path, key, seconds);
  return (((await totalCpu(gateways)) - before) * 1000) / count;
}

/** Sends requests for a while, and returns their number. Each must be accepted. */
async function send(gateways: readonly Gateway[], path: string, key: string, seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000;
  let count = 0;
  const call = async (gateway: Gateway) => {
    while (performance.now() < until) {
      const status = await gateway.ask(path, key);
      if (status !== 200) throw new Error(`a gateway answers ${status}`);
      count += 1;
      await setTimeout(REST_MS);
    }
  };
  await Promise.all(gateways.flatMap((gateway) => Array.from({ length: CALLERS }, () => call(gateway))));
  return count;
}

export async function totalCpu(gateways: readonly Gateway[]): Promise<number> {
  const each = await Promise.all(gateways.map((gateway) => gateway.cpu()));
  return each.reduce((sum, cpu) => sum + cpu, 0);
}

/** Changes the state of a key that no request has, again and again, until it is stopped. */
export function changesOf({ context, oid }: Fleet, keyId: string): { stop(): Promise<number> } {
  const stopping = new AbortController();
  const change = async () => {
    let made = 0;
    while (!stopping.signal.aborted) {
      unwrap(await setKeyState(context, OPERATOR, { oid, keyId }, made % 2 === 0 ? 'disabled' : 'enabled'));
      made += 1;
      await setTimeout(CHANGE_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    return made;
  };
  const changing = change();
  changing.catch(() => undefined);
  return {
    stop() {
      stopping.abort();
      return changing;
    },
  };
}
