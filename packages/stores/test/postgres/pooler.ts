import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresUrl } from '../databases.js';
import { freePort } from '../redis-server.js';

/** Most connections of the pooler to one database. */
export const POOL_SIZE = 4;

/** PgBouncer in transaction mode, with fewer connections than its clients. */
export interface Pooler {
  /** The database of the tests, by way of the pooler. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts PgBouncer on a free port of this machine, in front of the PostgreSQL of the tests. */
export async function openPooler(): Promise<Pooler> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-pooler-'));
  const port = await freePort();
  const target = new URL(postgresUrl);
  const users = join(folder, 'users.txt');
  const config = join(folder, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `* = host=${target.hostname} port=${target.port || 5432}`,
    '[pgbouncer]',
    `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
    `auth_type = trust\nauth_file = ${users}`,
    `pool_mode = transaction\ndefault_pool_size = ${POOL_SIZE}\nmax_client_conn = 200`,
  ];
  await writeFile(users, `"${target.username}" ""\n`);
  await writeFile(config, `${lines.join('\n')}\n`);
  await Promise.all([chmod(folder, 0o755), chmod(users, 0o644), chmod(config, 0o644)]);
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn('pgbouncer', ['-q', ...asUser, config], { stdio: 'ignore' });
  await untilListening(port, child);
  return {
    url: `postgres://${target.username}@127.0.0.1:${port}${target.pathname}`,
    async close() {
      child.kill('SIGKILL');
      if (child.exitCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`pgbouncer stopped with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('pgbouncer does not listen');
}

/** True if PgBouncer is installed. Otherwise prints that tests are skipped, and fails if `CI` is set. */
export function hasPooler(): boolean {
  try {
    execFileSync('pgbouncer', ['--version']);
    return true;
  } catch {
    const reason = 'skipped: pgbouncer is not installed';
    if (process.env.CI) throw new Error(reason);
    process.stderr.write(`${reason}\n`);
    return false;
  }
}
