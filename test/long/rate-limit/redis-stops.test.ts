import { afterEach, describe, expect, it } from 'vitest';
import {
  canStartRedis,
  newPrefix,
  type OwnRedis,
  ownRedis,
  redisUrl,
} from '../../../packages/stores/test/redis-server.js';
import { type Answer, type Caller, countOf } from '../../flow/rate-limit/caller.js';
import { type ProcessesFixture, type ProcessesOptions, startProcesses } from '../../flow/rate-limit/processes.js';

const fleets: ProcessesFixture[] = [];
const servers: OwnRedis[] = [];
afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet.stop();
  for (const server of servers.splice(0)) await server.kill();
});

async function start(options: Partial<ProcessesOptions> = {}): Promise<ProcessesFixture> {
  const fleet = await startProcesses({ redisUrl, prefix: newPrefix(), ...options });
  fleets.push(fleet);
  return fleet;
}

const as = (key: string) => ({ 'x-api-key': key });

/** The same load on both processes at once. */
async function loadBoth([a, b]: readonly [Caller, Caller], each: number, key: string): Promise<Answer[]> {
  const answers = await Promise.all([a.load(each, as(key)), b.load(each, as(key))]);
  return answers.flat();
}

describe.skipIf(!canStartRedis())('two processes whose Redis stops', { timeout: 90_000 }, () => {
  async function startWithRedis(rateLimit: object) {
    const server = await ownRedis();
    servers.push(server);
    await server.start();
    return { server, ...(await start({ redisUrl: server.url, rateLimit })) };
  }

  it('two processes whose Redis stops count alone meanwhile without a 5xx, and together again when it is back', async () => {
    const { server, callers, plain } = await startWithRedis({ limit: 400 });
    await loadBoth(callers, 150, plain);
    const during = loadBoth(callers, 1500, plain);
    await server.kill();
    const answers = await during;
    expect(countOf(answers, 200) + countOf(answers, 429)).toBe(3000);
    // Those that Redis still counted, and the whole limit of each process.
    expect(countOf(answers, 200)).toBeGreaterThanOrEqual(800);
    expect(countOf(answers, 200)).toBeLessThanOrEqual(900);

    await server.start();
    let passed = 0;
    const callBoth = async () => {
      for (const caller of callers) passed += (await caller.get(as(plain))).status === 200 ? 1 : 0;
      return passed;
    };
    // Each had used up its own count, so what passes now was counted by Redis, from zero.
    await expect.poll(callBoth, { timeout: 15_000, interval: 200 }).toBeGreaterThan(1);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    passed += countOf(await loadBoth(callers, 300, plain), 200);
    expect(passed).toBe(400);
  });

  it('two processes whose Redis stops answer every request while Redis stands still', async () => {
    const { server, callers, plain } = await startWithRedis({ limit: 100_000 });
    await loadBoth(callers, 20, plain);
    server.pause();
    // All are answered before Redis is resumed.
    const answers = await loadBoth(callers, 1500, plain);
    server.resume();
    expect(countOf(answers, 200)).toBe(3000);
  });

  it.each([
    ['closed', 503],
    ['open', 200],
  ])('two processes whose Redis stops do what was chosen: %s answers %i', async (onStoreFailure, status) => {
    const { server, callers, plain } = await startWithRedis({ limit: 2, onStoreFailure });
    await loadBoth(callers, 3, plain);
    await server.kill();
    const answers = await loadBoth(callers, 10, plain);
    expect(countOf(answers, status)).toBe(20);
    if (status === 503) {
      expect(answers[0]?.body.code).toBe('ERR_STORE_UNAVAILABLE');
      expect(Number(answers[0]?.headers['retry-after'])).toBeGreaterThan(0);
    }
  });

  it('two processes whose Redis stops limit refusals all the same, each alone', async () => {
    const server = await ownRedis();
    servers.push(server);
    const { callers } = await start({ redisUrl: server.url, failureLimit: { limit: 10 } });
    const answers = await loadBoth(callers, 30, 'a guess');
    expect([countOf(answers, 401), countOf(answers, 429)]).toEqual([20, 40]);
  });
});
