import type { BenchOptions } from '../harness/options.js';
import { type Headers, path } from './app.js';
import { type LoadOrder, type LoadProcess, type LoadResult, type ServerProcess, startServer } from './processes.js';

/** Result of one variant in one round. */
export interface Sample extends LoadResult {
  /** Microseconds of the server's CPU for each request. */
  readonly cpuPerRequest: number;
}

const CONNECTIONS = 32;

/** Starts a server, sees that it answers right, warms it up, and measures it once. */
export async function measure(variant: string, load: LoadProcess, { seconds }: BenchOptions): Promise<Sample> {
  return withServer(variant, async (server) => {
    await run(server, load, { seconds: Math.max(0.5, seconds / 3) });
    const before = await server.cpu();
    const result = await run(server, load, { seconds });
    const cpuPerRequest = ((await server.cpu()) - before) / result.count;
    return { ...result, cpuPerRequest };
  });
}

/** Runs `work` with a server of its own, after it has answered right. */
export async function withServer<R>(variant: string, work: (server: ServerProcess) => Promise<R>): Promise<R> {
  const server = await startServer(variant);
  try {
    await checkAnswers(variant, server);
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** Sends requests; every answer must be the one that was to come. */
export async function run(
  { ready }: ServerProcess,
  load: LoadProcess,
  order: Pick<LoadOrder, 'seconds' | 'amount' | 'perSecond' | 'awake'> & { readonly connections?: number },
): Promise<LoadResult> {
  const { port, send, status = 200 } = ready;
  const result = await load.run({ port, path, send, connections: CONNECTIONS, ...order });
  if (result.errors > 0 || Object.keys(result.statuses).join() !== String(status)) {
    throw new Error(`expected ${status} only, got ${JSON.stringify(result.statuses)} and ${result.errors} errors`);
  }
  return result;
}

/** Checks that a server accepts the valid credential, and refuses a changed one and a missing one. */
export async function checkAnswers(variant: string, { ready }: ServerProcess): Promise<void> {
  const { port, send, status = 200, refused } = ready;
  const statusOf = async (headers: Headers = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  const good = await statusOf(send[0]);
  if (good !== status) throw new Error(`${variant}: answers ${good} instead of ${status}`);
  if (refused === undefined) return;
  for (const headers of [refused, {}]) {
    const bad = await statusOf(headers);
    if (bad !== 401) throw new Error(`${variant}: answers ${bad} to a bad credential instead of 401`);
  }
}
