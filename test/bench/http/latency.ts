import { median, printFigure } from '../harness/figure.js';
import type { BenchOptions } from '../harness/options.js';
import { run, withServer } from './measure.js';
import type { LoadProcess } from './processes.js';

const WARM = 'x-api-key, warm';
const ON_SQLITE = 'x-api-key, warm, on SQLite';
const BARE = 'bare Express 5';
/** Part of the highest throughput at which answers are timed. */
const PART = 0.7;
const KEYS_PER_SECOND = 200;
const WARM_UP_SECONDS = 0.5;

/** Times answers at 70 % of the throughput a protected app reaches, with and without authorization, in turn. */
export async function measureTail(load: LoadProcess, options: BenchOptions): Promise<void> {
  const perSecond = Math.round(PART * (await highest(WARM, load, options)));
  const ratios: number[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const first = await tailAt(BARE, perSecond, load, options);
    const ours = await tailAt(WARM, perSecond, load, options);
    const second = await tailAt(BARE, perSecond, load, options);
    ratios.push(ours / ((first + second) / 2));
  }
  printFigure('http/tail/p99 at 70 % of our throughput ÷ bare', 'ratio', ratios);
}

/** Times warm requests while keys are created in the same process and file, and while nothing is. */
export async function measureKeyCreation(load: LoadProcess, options: BenchOptions): Promise<void> {
  const perSecond = Math.round((PART / 2) * (await highest(ON_SQLITE, load, options)));
  const ratios: number[] = [];
  for (let round = 0; round < options.rounds; round++) {
    ratios.push(
      await withServer(ON_SQLITE, async (server) => {
        await run(server, load, { seconds: WARM_UP_SECONDS });
        const quiet = await run(server, load, { seconds: options.seconds, perSecond });
        await server.createKeys(KEYS_PER_SECOND);
        const busy = await run(server, load, { seconds: options.seconds, perSecond });
        await server.createKeys(0);
        return busy.p99 / quiet.p99;
      }),
    );
  }
  printFigure('http/key creation/p99 with 200 keys a second ÷ quiet', 'ratio', ratios);
}

function tailAt(variant: string, perSecond: number, load: LoadProcess, { seconds }: BenchOptions): Promise<number> {
  return withServer(variant, async (server) => {
    await run(server, load, { seconds: WARM_UP_SECONDS });
    const { p99 } = await run(server, load, { seconds, perSecond });
    return p99;
  });
}

async function highest(variant: string, load: LoadProcess, { seconds }: BenchOptions): Promise<number> {
  const rates = await withServer(variant, async (server) => {
    await run(server, load, { seconds: WARM_UP_SECONDS });
    const first = await run(server, load, { seconds });
    const second = await run(server, load, { seconds });
    return [first.perSecond, second.perSecond];
  });
  return median(rates);
}
