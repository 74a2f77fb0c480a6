import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createClient } from 'redis';

/** A server that tests may use beside others: every key of a test has a prefix of its own. */
export const redisUrl = process.env.FLAIRGATE_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

/** True if the server answers. Otherwise prints that tests are skipped, and fails if `CI` is set. */
export async function redisAnswers(): Promise<boolean> {
  try {
    await onRedis(redisUrl, (client) => client.ping());
    return true;
  } catch {
    return skip('Redis does not answer at FLAIRGATE_TEST_REDIS_URL or 127.0.0.1:6379');
  }
}

/** True if a Redis server can be started on this machine, to be stopped during a test. */
export function canStartRedis(): boolean {
  const found = spawnSync('redis-server', ['--version']).status === 0;
  return found || skip('there is no redis-server to start and stop');
}

function skip(reason: string): false {
  if (process.env.CI) throw new Error(`skipped: ${reason}`);
  process.stderr.write(`skipped: ${reason}\n`);
  return false;
}

type Client = ReturnType<typeof createClient>;

/** Runs on a connection of its own. */
export async function onRedis<R>(url: string, work: (client: Client) => Promise<R>): Promise<R> {
  const client: Client = createClient({ url, socket: { connectTimeout: 2000, reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

export function newPrefix(): string {
  return `flairgate-test-${randomBytes(6).toString('hex')}:`;
}

export function keysOf(prefix: string, url = redisUrl): Promise<string[]> {
  return onRedis(url, async (client) => {
    const keys = [];
    for await (const some of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) keys.push(...some);
    return keys;
  });
}

export async function dropPrefix(prefix: string): Promise<void> {
  const keys = await keysOf(prefix);
  if (keys.length > 0) await onRedis(redisUrl, (client) => client.del(keys));
}

/** A server of one test's own. */
export interface OwnRedis {
  readonly url: string;
  /** Starts it, with nothing in it. */
  start(): Promise<void>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Has it stand still with its connections open. */
  pause(): void;
  resume(): void;
}

/** Gives a server on a free port of this machine, not started yet. */
export async function ownRedis(): Promise<OwnRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  return {
    url,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      child = spawn('redis-server', args, { stdio: 'ignore' });
      await answering(url);
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
  };
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await onRedis(url, (client) => client.ping());
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('there is no port');
  return address.port;
}
