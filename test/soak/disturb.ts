import type { Run } from './soak.js';

/** Disturbance of the gateways. Times are seconds since the start of the load. */
export interface Disturbance {
  readonly from: number;
  readonly to: number;
  readonly what: string;
}

/** Parts of the time at which each begins. */
const CUT_AT = 0.2;
const ORDERLY_RESTART_AT = 0.35;
const KILL_AT = 0.45;
/** Part of the time for which pushes are lost. */
const CUT_PART = 0.08;
const CUT_EVERY_MS = 100;

/** Loses the pushes for a while, then restarts the last gateway, and kills and restarts it. */
export async function disturb(run: Run, seconds: () => number): Promise<readonly Disturbance[]> {
  const { gateways, options, ledger } = run;
  const found: Disturbance[] = [];
  const note = (from: number, what: string) => {
    const one = { from: Math.round(from), to: Math.round(seconds()), what };
    found.push(one);
    run.figures.write({ kind: 'disturbance', ...one });
    run.say(`${one.from} s to ${one.to} s: ${what}`);
  };
  const until = async (part: number) => {
    while (seconds() < options.seconds * part) await new Promise((resolve) => setTimeout(resolve, 50));
    return seconds();
  };
  if (run.database.kind === 'postgres') {
    const from = await until(CUT_AT);
    const cut = await cutPushes(run, () => seconds() < options.seconds * (CUT_AT + CUT_PART));
    if (cut === 0) ledger.breach('no connection for pushes was found to cut');
    note(from, `connections for pushes cut ${cut} times`);
  }
  const last = gateways.at(-1);
  if (last === undefined) return found;
  for (const [part, signal, expected] of [
    [ORDERLY_RESTART_AT, 'SIGTERM', 0],
    [KILL_AT, 'SIGKILL', 'SIGKILL'],
  ] as const) {
    const from = await until(part);
    const end = await last.restart(signal);
    if (end !== expected) ledger.breach(`gateway ${last.name}: ended with ${end} after ${signal}`);
    note(from, `${signal}, and a start, of gateway ${last.name}`);
  }
  return found;
}

async function cutPushes({ database }: Run, goesOn: () => boolean): Promise<number> {
  let cut = 0;
  while (goesOn()) {
    cut += await database.cutPushes();
    await new Promise((resolve) => setTimeout(resolve, CUT_EVERY_MS));
  }
  return cut;
}
