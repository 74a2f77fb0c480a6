import { setTimeout } from 'node:timers/promises';
import { ask } from '../../cluster/ask.ts';
import type { Running } from '../../cluster/processes.ts';
import type { Ending } from './endings.ts';

/** Some endings while something is wrong with the gateways or what is around them. */
export interface Episode {
  readonly gateways: readonly Running[];
  readonly endings: readonly Ending[];
  readonly boundMs: number;
  begin(): Promise<unknown>;
  /** Called when all endings are acknowledged. */
  afterEndings?(): Promise<unknown>;
  mend(): Promise<unknown>;
}

export interface Watched {
  /** Milliseconds, sorted, from each acknowledgement to the answer by which the last gateway lets nothing in. */
  readonly until: readonly number[];
  /** Requests that were sent after the bound and let in. */
  readonly late: number;
  /** Credentials that were let in once more after the end. */
  readonly back: number;
}

/** One credential at one gateway. */
interface Question {
  readonly gateway: Running;
  readonly headers: Readonly<Record<string, string>>;
  readonly permission: string;
  readonly of: number;
  refusedAt?: number;
}

const REST_MS = 10;
const GIVE_UP_MS = 60_000;

type Verdict = 'allowed' | 'refused' | 'fault';

/** Asks all gateways with all credentials, without end, from the acknowledgement on. */
export async function watchEpisode(episode: Episode): Promise<Watched> {
  const { endings, gateways, boundMs } = episode;
  const questions = endings.flatMap(({ headers, permission }, of) =>
    gateways.flatMap((gateway) => headers.map((each): Question => ({ gateway, headers: each, permission, of }))),
  );
  await expectAll(questions, 'allowed');
  const endedAt: number[] = [];
  let late = 0;
  let isOver = false;
  await episode.begin();
  const from = performance.now();
  const watching = gateways.map(async (gateway) => {
    const own = questions.filter((question) => question.gateway === gateway);
    while (!isOver && own.some(({ refusedAt }) => refusedAt === undefined)) {
      if (performance.now() - from > GIVE_UP_MS) throw new Error('something is still let in');
      const open = own.filter(({ of, refusedAt }) => refusedAt === undefined && endedAt[of] !== undefined);
      await Promise.all(
        open.map(async (question) => {
          const sentAt = performance.now();
          const isLate = sentAt > (endedAt[question.of] ?? 0) + boundMs;
          if ((await verdictOn(question)) !== 'allowed') question.refusedAt = performance.now();
          else if (isLate) late += 1;
        }),
      );
      await setTimeout(REST_MS);
    }
  });
  try {
    for (const { end } of endings) {
      await end();
      endedAt.push(performance.now());
    }
    await episode.afterEndings?.();
    await Promise.all(watching);
  } finally {
    // What is wrong must not outlive a failure: the next episode begins with everything as it should be.
    isOver = true;
    await episode.mend();
    await Promise.allSettled(watching);
  }
  const back = await expectAll(questions, 'refused');
  const until = endings.map((_, at) => Math.max(...questions.filter(({ of }) => of === at).map(lastOf(endedAt))));
  return { until: until.toSorted((a, b) => a - b), late, back };
}

function lastOf(endedAt: readonly number[]) {
  return ({ of, refusedAt = Number.NaN }: Question) => refusedAt - (endedAt[of] ?? 0);
}

/** Asks until all answers are the expected one; faults pass. Returns how many were the opposite of `refused`. */
async function expectAll(questions: readonly Question[], expected: Verdict): Promise<number> {
  const from = performance.now();
  let back = 0;
  for (;;) {
    const verdicts = await verdictsOn(questions);
    if (expected === 'refused') back += verdicts.filter((verdict) => verdict === 'allowed').length;
    if (verdicts.every((verdict) => verdict === expected)) return back;
    if (performance.now() - from > GIVE_UP_MS)
      throw new Error(`${[...new Set(verdicts)].join()} in place of ${expected}`);
    await setTimeout(100);
  }
}

/** Asks each gateway one question after another, and all gateways at the same time. */
async function verdictsOn(questions: readonly Question[]): Promise<readonly Verdict[]> {
  const gateways = new Set(questions.map(({ gateway }) => gateway));
  const lines = [...gateways].map(async (asked) => {
    const verdicts: Verdict[] = [];
    for (const question of questions) if (question.gateway === asked) verdicts.push(await verdictOn(question));
    return verdicts;
  });
  return (await Promise.all(lines)).flat();
}

async function verdictOn({ gateway, headers, permission }: Question): Promise<Verdict> {
  const { status, text } = await ask(`${gateway.url}/v1/who`, headers);
  if (status === 401) return 'refused';
  if (status !== 200) return 'fault';
  return text.includes(`"${permission}"`) ? 'allowed' : 'refused';
}
