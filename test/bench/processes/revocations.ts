import { setTimeout } from 'node:timers/promises';
import { revokeKey } from '@flairgate/core/administration';
import { OPERATOR } from '../growth/room.js';
import { printFigure, quantile } from '../harness/figure.js';
import { unwrap } from '../harness/fixture.js';
import type { BenchOptions } from '../harness/options.js';
import type { Fleet, Gateway } from './fleet.js';
import { paths } from './places.js';
import { changesOf, newKey, totalCpu, withGateways } from './requests.js';

const REVOCATIONS = 120;
const SMOKE_REVOCATIONS = 5;
/** A revocation that has not arrived by then has failed. */
const MOST_WAIT_MS = 10_000;

/** Measures what a change costs each gateway, and the time until all of them refuse a revoked key. */
export async function measureRevocations(fleet: Fleet, options: BenchOptions): Promise<void> {
  await withGateways(fleet, async (gateways) => {
    await measureChanges(fleet, gateways, options);
    const count = options.smoke ? SMOKE_REVOCATIONS : REVOCATIONS;
    const times: number[] = [];
    while (times.length < count) times.push(await revocation(fleet, gateways, times.length));
    printFigure('processes/revocation/until 2 processes refuse, median', 'ms', times);
    printFigure('processes/revocation/until 2 processes refuse, p99', 'ms', [quantile(times, 0.99)]);
  });
}

/** Measures the CPU time of one change in each process, over that of the same time without changes. */
async function measureChanges(fleet: Fleet, gateways: readonly Gateway[], options: BenchOptions): Promise<void> {
  const { keyId, text } = await newKey(fleet, 'changing for all');
  for (const gateway of gateways) await askFor(gateway, text, 200);
  const spent = async (work: () => Promise<number>) => {
    const before = await totalCpu(gateways);
    const count = await work();
    return { cpu: (await totalCpu(gateways)) - before, count };
  };
  const ms = 1000 * options.seconds;
  const samples: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const idle = await spent(async () => {
      await setTimeout(ms);
      return 1;
    });
    const busy = await spent(async () => {
      const changes = changesOf(fleet, keyId);
      await setTimeout(ms);
      return changes.stop();
    });
    samples.push(((busy.cpu - idle.cpu) * 1000) / busy.count / gateways.length);
  }
  printFigure('processes/one change/CPU of each process', 'ns', samples);
}

/** Returns the milliseconds from the answer to a revocation until every gateway refuses the key. */
async function revocation(fleet: Fleet, gateways: readonly Gateway[], number: number): Promise<number> {
  const { context, oid } = fleet;
  const { keyId, text } = await newKey(fleet, `revoked ${number}`);
  for (const gateway of gateways) await askFor(gateway, text, 200);
  unwrap(await revokeKey(context, OPERATOR, { oid, keyId }));
  const from = performance.now();
  const times = await Promise.all(gateways.map((gateway) => untilRefused(gateway, text, from)));
  return Math.max(...times);
}

/** Asks without a pause until the key is refused. Returns the time of that answer. */
async function untilRefused(gateway: Gateway, key: string, from: number): Promise<number> {
  for (;;) {
    const sent = performance.now() - from;
    const status = await gateway.ask(paths.open, key);
    if (status === 401) return performance.now() - from;
    if (status !== 200 || sent > MOST_WAIT_MS) throw new Error(`a gateway answers ${status} to a revoked key`);
  }
}

async function askFor(gateway: Gateway, key: string, expected: number): Promise<void> {
  const status = await gateway.ask(paths.open, key);
  if (status !== expected) throw new Error(`a gateway answers ${status} instead of ${expected}`);
}
