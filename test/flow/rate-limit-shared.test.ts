import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { dropPrefix, keysOf, newPrefix, redisAnswers, redisUrl } from '../../packages/stores/test/redis-server.js';
import { type Answer, type Caller, countOf, limitsOf } from './rate-limit/caller.js';
import { type ProcessesFixture, type ProcessesOptions, startProcesses } from './rate-limit/processes.js';

const prefixes: string[] = [];
const fleets: ProcessesFixture[] = [];
afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet.stop();
});
afterAll(async () => {
  for (const prefix of prefixes) await dropPrefix(prefix);
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

describe.skipIf(!(await redisAnswers()))('two processes on one Redis', { timeout: 60_000 }, () => {
  const ownPrefix = () => {
    const prefix = newPrefix();
    prefixes.push(prefix);
    return prefix;
  };

  it('two processes on one Redis together give exactly the limit, and ten times it to a bulk key', async () => {
    const { callers, plain, bulk } = await start({ prefix: ownPrefix(), rateLimit: { limit: 300 } });
    const [plainAnswers, bulkAnswers] = [await loadBoth(callers, 250, plain), await loadBoth(callers, 1600, bulk)];
    expect([countOf(plainAnswers, 200), countOf(plainAnswers, 429)]).toEqual([300, 200]);
    expect([countOf(bulkAnswers, 200), countOf(bulkAnswers, 429)]).toEqual([3000, 200]);
  });

  it('two processes on one Redis show what is left to both, each number once', async () => {
    const { callers, plain } = await start({ prefix: ownPrefix(), rateLimit: { limit: 100 } });
    const shown = (await loadBoth(callers, 50, plain)).map((answer) => limitsOf(answer).calls?.remaining ?? -1);
    expect(shown.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('two processes on one Redis refuse one address exactly so often, and go on to serve a key they know from it', async () => {
    const { callers, plain } = await start({ prefix: ownPrefix(), failureLimit: { limit: 40 } });
    for (const caller of callers) expect((await caller.get(as(plain))).status).toBe(200);
    const refused = await loadBoth(callers, 40, 'a guess');
    expect([countOf(refused, 401), countOf(refused, 429)]).toEqual([40, 40]);
    for (const caller of callers) {
      expect((await caller.get(as('a guess'))).status).toBe(429);
      expect((await caller.get(as(plain))).status).toBe(200);
    }
  });

  it('two processes on one Redis ask Redis nothing for an address that is over its limit', async () => {
    const prefix = ownPrefix();
    const { callers } = await start({ prefix, failureLimit: { limit: 3, windowSeconds: 600 } });
    await loadBoth(callers, 20, 'a guess');
    const keys = await keysOf(prefix);
    await dropPrefix(prefix);
    expect(countOf(await loadBoth(callers, 20, 'a guess'), 429)).toBe(40);
    expect([keys.length, await keysOf(prefix)]).toEqual([1, []]);
  });

  it('two processes on one Redis keep no key, identity or address in Redis', async () => {
    const prefix = ownPrefix();
    const { callers, plain } = await start({ prefix });
    for (const key of [plain, 'a guess']) await callers[0].get(as(key));
    const names = (await keysOf(prefix)).map((key) => key.slice(prefix.length));
    expect(names).toHaveLength(2);
    for (const name of names) expect(name).toMatch(/^limit:(calls|refusals):60:[\w-]{22}$/);
  });
});
