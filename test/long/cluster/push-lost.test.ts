import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest } from '../../../packages/stores/test/databases.js';
import { changes, type Doomed, percentile } from '../../cluster/changes.ts';
import { type Cluster, headersOf, judged, judgedEverywhere, startCluster } from '../../cluster/cluster.ts';
import type { Running } from '../../cluster/processes.ts';
import { type DatabaseProxy, proxyTo } from '../../cluster/proxy.ts';

const BOUND_MS = 30_000;
const TIMES = Number(process.env.TIMES ?? 200);

/** Faults between the gateways and PostgreSQL. Redis is not used. */
const FAULTS: Readonly<Record<string, (proxy: DatabaseProxy) => void>> = {
  'pushes are withheld': (proxy) => proxy.deafen(),
  'pushes come 5 s late': (proxy) => proxy.delay('pushes', 5000),
};

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('four gateways and two services without a database', () => {
  let cluster: Cluster;
  let proxy: DatabaseProxy;

  beforeAll(async () => {
    const wayTo = async (url: string) => {
      proxy = await proxyTo(url);
      return proxy.url;
    };
    cluster = await startCluster({ wayTo });
  });

  afterAll(async () => {
    await cluster?.close();
    await proxy?.close();
  });

  const cases = Object.keys(FAULTS).flatMap((fault) => Object.keys(changes).map((kind) => [kind, fault] as const));

  it.each(cases)(
    'four gateways and two services refuse key and token within the bound: %s, while %s',
    async (kind, fault) => {
      const oid = await cluster.control.organization(`${kind} ${fault}`);
      const doomed: Doomed[] = [];
      for (let count = 0; count < TIMES; count += 1) {
        const name = `${kind}-${fault}-${count}`.replaceAll(' ', '-');
        const made = await changes[kind]?.(cluster.control, oid, `${name}@acme.example`);
        if (made === undefined) throw new Error(`no such change: ${kind}`);
        expect(await judgedEverywhere(cluster.all, made)).toEqual(['allowed']);
        doomed.push(made);
      }
      FAULTS[fault]?.(proxy);
      const endedAt: number[] = [];
      for (const each of doomed) {
        endedAt.push(performance.now());
        await each.end();
      }
      const until = await refusals(cluster.all, doomed, endedAt);
      proxy.mend();
      const [p50, p99, most] = [50, 99, 100].map((of100) => Math.round(percentile(until, of100)));
      process.stdout.write(`${JSON.stringify({ kind, fault, count: TIMES, until: { p50, p99, most } })}\n`);
      expect(until).toHaveLength(TIMES);
      expect(most).toBeLessThanOrEqual(BOUND_MS);
    },
  );
});

/** Rests between two rounds of questions: they are many. */
const ROUND_MS = 250;

/** Milliseconds, sorted, from the start of each change to the answer by which the last process refuses both credentials. */
async function refusals(
  processes: readonly Running[],
  doomed: readonly Doomed[],
  endedAt: readonly number[],
): Promise<readonly number[]> {
  const until = doomed.map(() => 0);
  let open = processes.flatMap((process) =>
    doomed.flatMap((each, index) => headersOf(each).map((headers) => ({ process, index, headers }))),
  );
  const from = performance.now();
  while (open.length > 0) {
    if (performance.now() - from > 2 * BOUND_MS) throw new Error(`${open.length} are still let in`);
    const verdicts = await Promise.all(
      processes.map((process) => inTurn(open.filter((each) => each.process === process))),
    );
    for (const { index, at } of verdicts.flat()) {
      until[index] = Math.max(until[index] ?? 0, at - (endedAt[index] ?? 0));
    }
    const refused = new Set(verdicts.flat().map(({ question }) => question));
    open = open.filter((each) => !refused.has(each));
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  }
  return until.toSorted((a, b) => a - b);
}

interface Question {
  readonly process: Running;
  readonly index: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks one after the other; gives those that were refused, and when. */
async function inTurn(questions: readonly Question[]) {
  const refused: { readonly question: Question; readonly index: number; readonly at: number }[] = [];
  for (const question of questions) {
    const verdict = await judged(question.process, question.headers);
    if (verdict === 'refused') refused.push({ question, index: question.index, at: performance.now() });
  }
  return refused;
}
