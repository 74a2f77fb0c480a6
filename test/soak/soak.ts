import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from './client.js';
import { makeSoakDatabase, type SoakDatabase } from './database.js';
import { type Disturbance, disturb } from './disturb.js';
import { type Figures, openFigures } from './figures.js';
import { type Gateway, startGateway } from './fleet.js';
import { answersByStatus, createLedger, type Ledger } from './ledger.js';
import type { SoakOptions } from './options.js';
import { createRandom } from './random.js';
import { type SoakResult, sumUp } from './result.js';
import { type Stalls, watchStalls } from './stalls.js';
import { startSampling } from './take-samples.js';
import { LIMIT } from './work/limits.js';
import { type Load, startLoad } from './work/load.js';
import { makeWorld } from './world.js';

const ISSUER = 'https://auth.soak.example';

/** Small caches, so that a run fills them before its end. */
const MAX_CACHED = 400;

/** Puts a load on real gateways, samples their memory and handles, and returns what broke a promise. */
export async function runSoak(options: SoakOptions, say: (line: string) => void): Promise<SoakResult> {
  const database = await makeSoakDatabase(options.embedded);
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-soak-'));
  const gateways: Gateway[] = [];
  try {
    const configFile = join(folder, 'flairgate.yaml');
    await writeFile(configFile, configuration(options, folder));
    const world = await makeWorld(database, ISSUER);
    const names = database.kind === 'postgres' ? ['a', 'b'] : ['a'];
    await mkdir(options.folder, { recursive: true });
    const figures = openFigures(join(options.folder, 'soak.jsonl'));
    const stalls = watchStalls(database.ping);
    const hears = { line: (line: string) => figures.write({ kind: 'log', line }), stall: stalls.note };
    for (const name of names) gateways.push(await startGateway(name, database, configFile, hears));
    const store = database.hasRedis ? `${database.kind} and redis` : database.kind;
    say(`soak: ${gateways.length} gateways on ${store}, ${options.seconds} s, --seed ${options.seed}`);
    figures.write({ kind: 'start', store, gateways: names, ...options, node: process.version });
    const ledger = createLedger();
    const client = createClient();
    const shared = { world, gateways, client, ledger, stalls, boundMs: options.boundSeconds * 1000 };
    const scenes = Array.from({ length: options.workers }, (_, worker) => {
      return { ...shared, worker, random: createRandom(options.seed + 7919 * (worker + 1)) };
    });
    const load = startLoad(scenes, options.pauseMs);
    const run = { options, database, gateways, ledger, stalls, load, figures, say };
    const disturbances = await underLoad(run);
    client.close();
    stalls.stop();
    await stopAll(gateways, ledger);
    const result = sumUp({ ...run, disturbances });
    figures.write({ kind: 'result', ...result });
    await figures.close();
    return result;
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await database.remove();
    await rm(folder, { recursive: true });
  }
}

/** A soak that is under way. */
export interface Run {
  readonly options: SoakOptions;
  readonly database: SoakDatabase;
  readonly gateways: readonly Gateway[];
  readonly ledger: Ledger;
  readonly stalls: Stalls;
  readonly load: Load;
  readonly figures: Figures;
  readonly say: (line: string) => void;
}

/** Waits for the end of the time while the load runs, with its disturbances. */
async function underLoad(run: Run): Promise<readonly Disturbance[]> {
  const { options, load, ledger, figures, say } = run;
  const from = performance.now();
  const seconds = () => (performance.now() - from) / 1000;
  const sampling = startSampling(run, seconds);
  const disturbing = disturb(run, seconds);
  let nextLine = 0.1;
  while (seconds() < options.seconds) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (seconds() < options.seconds * nextLine) continue;
    nextLine += 0.1;
    const answers = answersByStatus(ledger);
    figures.write({ kind: 'answers', at: Math.round(seconds()), operations: load.operations, answers });
    say(`${Math.round(seconds())} s: ${load.operations} operations, answers ${JSON.stringify(answers)}`);
  }
  const disturbances = await disturbing;
  await sampling.stop();
  await load.stop();
  return disturbances;
}

async function stopAll(gateways: readonly Gateway[], ledger: Ledger): Promise<void> {
  for (const gateway of gateways) {
    const end = await gateway.stop();
    if (end !== 0) ledger.breach(`gateway ${gateway.name} ended with ${end}`);
  }
}

function configuration({ boundSeconds }: SoakOptions, folder: string): string {
  return `
database: { lock_timeout_ms: 60000, statement_timeout_ms: 60000 }
redis: { prefix: 'soak:${folder.slice(-6)}:' }
tokens: { issuer: '${ISSUER}' }
authentication: { api_key_rounds_no: 1000 }
revocation: { max_staleness_seconds: ${boundSeconds}, max_cached_principals: ${MAX_CACHED} }
rate_limits: { calls: ${LIMIT.calls}, bulk_calls: 1000000000, window_seconds: ${LIMIT.seconds}, by: identity }
proxies: { trust: 1 }
console: { enabled: false }
log: { level: warn }
`;
}
