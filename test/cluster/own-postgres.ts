import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../packages/stores/test/redis-server.js';

/** A server of one test's own, that it may end at any moment. */
export interface OwnPostgres {
  /** A database of it. */
  readonly url: string;
  /** As a standby, it takes no writes and may be behind a primary. */
  start(as?: 'primary' | 'standby'): Promise<void>;
  /** Ends it at once, as a crash does; what was committed is recovered at the next start. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Returns the folder of the programs of a server. If undefined, prints that tests are skipped, and fails if `CI` is
 * set.
 */
export function postgresPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')));
  if (found !== undefined) return found;
  const reason = 'skipped: there is no PostgreSQL to start and stop (initdb)';
  if (process.env.CI) throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return undefined;
}

/** Makes a server on a free port of this machine, not started yet. `settings` are further arguments of its program. */
export async function ownPostgres(programs: string, settings: readonly string[] = []): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'flairgate-postgres-'));
  const user = serverUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const args = ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8'];
  execFileSync(join(programs, 'initdb'), args, { ...user, cwd: folder, stdio: 'ignore' });
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  // The machine goes on when a server is killed, so what it wrote is kept without waiting for the disk.
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-c', 'fsync=off', ...settings];
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (child === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    url,
    async start(as = 'primary') {
      rmSync(join(data, 'standby.signal'), { force: true });
      if (as === 'standby') writeFileSync(join(data, 'standby.signal'), '');
      for (let tries = 0; ; tries += 1) {
        child = spawn(join(programs, 'postgres'), options, { ...user, cwd: folder, stdio: 'ignore' });
        if (await answersOrEnds(url, child)) return;
        // The processes of the one before may not have noticed yet that it is gone.
        if (tries > 100) throw new Error('PostgreSQL does not start');
        await setTimeout(100);
      }
    },
    kill,
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

/** Returns the user that servers run as: PostgreSQL refuses to run as root. */
export function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

async function answersOrEnds(url: string, child: ChildProcess): Promise<boolean> {
  for (let tries = 0; tries < 600 && !hasEnded(child); tries += 1) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      await setTimeout(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return false;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
