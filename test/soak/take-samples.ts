import type { Sample } from './probe.js';
import type { Run } from './soak.js';

/** Sample of one process, with its time in seconds since the start of the load. */
export interface TakenSample extends Sample {
  readonly at: number;
  readonly gateway: string;
  readonly life: number;
}

/** Number of samples for each count of the rows of the store. */
const SAMPLES_PER_ROWS = 6;

const taken = new WeakMap<Run['figures'], TakenSample[]>();

/** Returns the samples of a run. */
export function samplesOf({ figures }: Pick<Run, 'figures'>): readonly TakenSample[] {
  return taken.get(figures) ?? [];
}

/** Takes a sample of each gateway at regular times. */
export function startSampling(run: Run, seconds: () => number): { stop(): Promise<void> } {
  const samples: TakenSample[] = [];
  taken.set(run.figures, samples);
  const state = { stopped: false };
  const sample = async (round: number) => {
    for (const [index, gateway] of run.gateways.entries()) {
      const { life } = gateway;
      const one = await gateway.sample(index === 0 && round % SAMPLES_PER_ROWS === 0);
      if (one === undefined || life !== gateway.life) continue;
      const named = { at: Math.round(seconds() * 10) / 10, gateway: gateway.name, life, ...one };
      samples.push(named);
      run.figures.write({ kind: 'sample', ...named });
    }
  };
  const running = (async () => {
    for (let round = 0; !state.stopped; round += 1) {
      await sample(round);
      const next = (round + 1) * run.options.sampleSeconds;
      while (!state.stopped && seconds() < next) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop() {
      state.stopped = true;
      await running;
    },
  };
}
