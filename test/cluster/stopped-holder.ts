import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UnavailableError } from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { dropSchema, type Kind, masterKey, newSchema, postgresUrl } from '../../packages/stores/test/databases.js';
import { linesOf, start, storeProgram } from '../../packages/stores/test/processes.js';

/** Takes the lock of all security writes and keeps it until it is told to stop; says when it has it. */
const HOLDER = storeProgram(`
  await store.write(async (tx) => {
    await tx.lockRevision();
    console.log('locked');
    for (;;) {
      await tx.get('revision', { id: 1 });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }, { locksRevision: true }).catch((error) => console.log('lost ' + error.message));
  process.exit();
`);

export interface Waited {
  readonly ms: number;
  /** The reason why the write was refused with 503. */
  readonly cause: string | undefined;
}

/** A store, and the arguments by which another process opens the same database. */
export interface SharedStore {
  readonly store: Store;
  readonly args: readonly string[];
  remove(): Promise<void>;
}

/** Opens a store whose security writes wait `lockMs` milliseconds for a lock. */
export async function openShared(kind: Kind, lockMs?: number): Promise<SharedStore> {
  if (kind === 'postgres') {
    const schema = newSchema();
    const store = await postgresStore({ url: postgresUrl, schema, masterKey, lockTimeoutMs: lockMs });
    const remove = () => store.close().then(() => dropSchema(schema));
    return { store, args: ['postgres', postgresUrl, schema], remove };
  }
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  const file = join(folder, 'test.db');
  const store = await sqliteStore({ file, masterKey, busyTimeoutMs: lockMs ?? 500 });
  const remove = () => store.close().then(() => rm(folder, { recursive: true }));
  return { store, args: ['sqlite', file, ''], remove };
}

/** Stops a process that holds the lock, and makes security writes meanwhile, all at once. */
export async function writeBesideStopped({ store, args }: SharedStore, writes = 1): Promise<readonly Waited[]> {
  const holder = start(HOLDER, args);
  const ended = linesOf(holder, (line) => {
    if (line === 'locked') holder.kill('SIGSTOP');
  });
  while (!(await isStopped(holder.pid ?? 0))) await setTimeout(10);
  try {
    return await Promise.all(Array.from({ length: writes }, () => timedWrite(store)));
  } finally {
    holder.kill('SIGKILL');
    await ended;
  }
}

async function timedWrite(store: Store): Promise<Waited> {
  const from = performance.now();
  try {
    await store.write((tx) => tx.lockRevision(), { locksRevision: true });
    return { ms: performance.now() - from, cause: undefined };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { ms: performance.now() - from, cause: faultCause(error).text };
  }
}

async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) T /.test(stat);
}
