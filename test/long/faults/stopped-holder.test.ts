import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UnavailableError } from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../../../packages/stores/test/databases.js';
import { linesOf, start, storeProgram } from '../../../packages/stores/test/processes.js';

const TIMES = Number(process.env.TIMES ?? 15);

/** Takes the lock of all security writes and keeps it until it is told to stop; says when it has it. */
const HOLDER = storeProgram(`
  await store.write(async (tx) => {
    await tx.lockRevision();
    console.log('locked');
    for (;;) {
      await tx.get('revision', { id: 1 });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }).catch((error) => console.log('lost ' + error.message));
  process.exit();
`);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Waited {
  readonly ms: number;
  readonly cause: string | undefined;
}

/** Stops a process that holds the lock, and makes a security write meanwhile. */
async function writeBesideStopped(store: Store, args: readonly string[]): Promise<Waited> {
  const holder = start(HOLDER, args);
  const ended = linesOf(holder, (line) => {
    if (line === 'locked') holder.kill('SIGSTOP');
  });
  while (!(await isStopped(holder.pid ?? 0))) await setTimeout(10);
  const from = performance.now();
  let cause: string | undefined;
  try {
    await store.write((tx) => tx.lockRevision(), { locksRevision: true });
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    cause = faultCause(error).text;
  }
  const ms = performance.now() - from;
  holder.kill('SIGKILL');
  await ended;
  return { ms, cause };
}

async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) T /.test(stat);
}

async function opened(kind: string): Promise<{ readonly store: Store; readonly args: readonly string[] }> {
  if (kind === 'postgres') {
    const schema = newSchema();
    closing.push(() => dropSchema(schema));
    const store = await postgresStore({ url: postgresUrl, schema, masterKey });
    closing.push(() => store.close());
    return { store, args: ['postgres', postgresUrl, schema] };
  }
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  closing.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'test.db');
  const store = await sqliteStore({ file, masterKey, busyTimeoutMs: 500 });
  closing.push(() => store.close());
  return { store, args: ['sqlite', file, ''] };
}

describe.each(await kindsToTest(['sqlite', 'postgres']))('a process that is stopped with the lock on %s', (kind) => {
  test('delays the security writes of others, and refuses none of them where the server can end it', async () => {
    const { store, args } = await opened(kind);
    const waited: Waited[] = [];
    for (let at = 0; at < TIMES; at++) waited.push(await writeBesideStopped(store, args));
    const refused = waited.filter(({ cause }) => cause !== undefined);
    const ms = waited.map((each) => Math.round(each.ms)).toSorted((a, b) => a - b);
    const causes = [...new Set(refused.map(({ cause }) => cause))];
    process.stdout.write(
      `${JSON.stringify({ kind, times: TIMES, refused: refused.length, causes, p50: ms[TIMES >> 1], max: ms.at(-1) })}\n`,
    );
    // No server can end a process that has a SQLite file locked: the others say why, and go on when it does.
    if (kind === 'sqlite') expect(causes).toEqual(['another process holds the database for too long']);
    else expect(refused).toEqual([]);
    await store.write((tx) => tx.lockRevision());
  });
});
