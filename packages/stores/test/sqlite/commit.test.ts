import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allow } from '@flairgate/core';
import { securityWrite } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { sqliteStore } from '@flairgate/stores/sqlite';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { masterKey } from '../databases.js';
import { startTimeoutMs, storeProgram } from '../processes.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  file = join(folder, 'test.db');
});
afterEach(() => rm(folder, { recursive: true }));

const put = (store: Store, name: string) => store.write((tx) => tx.insert('setting', { name, value: 'v' }));
const names = (store: Store) => store.read(async (tx) => (await tx.find('setting', {})).map(({ name }) => name));

/** True if the event loop continued before the write was acknowledged. */
async function letsOthersRun(store: Store): Promise<boolean> {
  let isFree = false;
  // From here on promises alone run, until nothing is left that does not wait for the loop; then comes the tick.
  await undefined;
  process.nextTick(() => {
    isFree = true;
  });
  await put(store, 'a');
  return isFree;
}

describe('a commit', () => {
  test('a commit is made while the event loop goes on, except on a handle of the host', async () => {
    const store = await sqliteStore({ file, masterKey });
    expect(await letsOthersRun(store)).toBe(true);
    await store.close();
    const database = new Libsql(join(folder, 'other.db'));
    const onHandle = await sqliteStore({ database, masterKey });
    expect(await letsOthersRun(onHandle)).toBe(false);
    await onHandle.close();
    database.close();
  });

  test('a commit is waited for by the next write, and by the end of the store', async () => {
    const store = await sqliteStore({ file, masterKey });
    const all = Array.from({ length: 20 }, (_, at) => `n${String(at).padStart(2, '0')}`);
    const order: string[] = [];
    const writing = all.map((name) => put(store, name).then(() => order.push(name)));
    await store.close();
    await Promise.all(writing);
    expect(order).toEqual(all);
    const again = await sqliteStore({ file, masterKey });
    expect(await names(again)).toEqual(all);
    await again.close();
  });

  test('a commit is seen by readers whole or not at all, and no later than its acknowledgement', async () => {
    const store = await sqliteStore({ file, masterKey });
    for (let n = 1; n <= 50; n += 1) {
      const acknowledged = { is: false };
      const before = store.version?.();
      const writing = securityWrite(store, 0, async (tx) => {
        tx.touch('key', `k${n}`);
        return allow(undefined);
      }).finally(() => {
        acknowledged.is = true;
      });
      while (!acknowledged.is) {
        const seen = await store.read(async (tx) => [
          (await tx.get('revision', { id: 1 }))?.n,
          (await tx.find('change', {})).length,
        ]);
        expect(seen[0]).toBe(seen[1]);
        expect([n - 1, n]).toContain(seen[0]);
        await new Promise(setImmediate);
      }
      await writing;
      expect(store.version?.()).not.toBe(before);
      expect(await store.read((tx) => tx.get('revision', { id: 1 }))).toMatchObject({ n });
    }
    await store.close();
  });
});

/** True if strace is installed, which traces system calls and can change their results. Fails if `CI` is set. */
function hasStrace(): boolean {
  if (spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0) return true;
  const reason = 'skipped: no strace that may trace, so nothing tells of the order of writes and syncs';
  if (process.env.CI) throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return false;
}

/** Runs the body under strace, from the folder of these tests. */
function trace(args: readonly string[], body: string) {
  const program = ['--input-type=module', '--eval', storeProgram(body), 'sqlite', file, ''];
  return spawnSync('strace', ['-f', ...args, process.execPath, ...program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

describe.runIf(hasStrace())('the disk', () => {
  test('the disk has every frame of the log before a write is acknowledged', { timeout: startTimeoutMs }, async () => {
    const calls = join(folder, 'calls.txt');
    const { status } = trace(
      ['-y', '-e', 'trace=write,pwrite64,fsync,fdatasync', '-o', calls],
      `
        import { writeSync } from 'node:fs';
        for (let at = 0; at < 40; at++) {
          await store.write((tx) => tx.insert('setting', { name: 'n' + at, value: 'v'.repeat(3000) }));
          writeSync(1, 'acknowledged\\n');
        }
        await store.close();
      `,
    );
    expect(status).toBe(0);
    let [written, unsynced, acknowledged] = [0, 0, 0];
    for (const call of endsOf(await readFile(calls, 'utf8'))) {
      const isOfLog = call.includes('test.db-wal>');
      if (isOfLog && call.startsWith('pwrite64(')) [written, unsynced] = [written + 1, unsynced + 1];
      if (isOfLog && /^f(data)?sync\(.* = 0/.test(call)) unsynced = 0;
      if (!call.includes('"acknowledged')) continue;
      expect({ written: written > 0, unsynced }).toEqual({ written: true, unsynced: 0 });
      [written, acknowledged] = [0, acknowledged + 1];
    }
    expect(acknowledged).toBe(40);
  });

  test('only the writer waits for a commit, and it shows nothing before', { timeout: startTimeoutMs }, async () => {
    const [calls, marks] = [join(folder, 'calls.txt'), join(folder, 'marks.txt')];
    const { status } = trace(
      [
        ...['-y', '-o', calls, '-P', `${file}-wal`, '-P', marks, '-e', 'trace=write,pwrite64,fsync,fdatasync'],
        ...['-e', 'inject=fsync,fdatasync:delay_enter=300000'],
      ],
      `
        import { openSync, writeSync } from 'node:fs';
        const marks = openSync(${JSON.stringify(marks)}, 'w');
        for (let at = 0; at < 5; at++) {
          const name = 'n' + at;
          let done = false;
          writeSync(marks, 'begin');
          const writing = store.write((tx) => tx.insert('setting', { name, value: 'v' })).finally(() => { done = true; });
          while (!done) {
            const row = await store.read((tx) => tx.get('setting', { name }));
            writeSync(marks, row === undefined ? 'absent' : 'seen');
            await new Promise(setImmediate);
          }
          await writing;
          writeSync(marks, 'seen');
        }
        await store.close();
      `,
    );
    expect(status).toBe(0);
    const rounds = endsOf(await readFile(calls, 'utf8'))
      .map(markOf)
      .join(' ')
      .split('begin')
      .slice(1);
    expect(rounds).toHaveLength(5);
    for (const round of rounds) {
      const [before = '', after] = round.split('seen', 2);
      expect(after).toBeDefined();
      // No reader sees the row before the sync of the log.
      expect(before).toMatch(/frame.*synced/);
    }
    // Between the first frame in the log and its sync, readers go on. A busy machine may not run them in every round.
    expect(rounds.join('\n')).toMatch(/frame.*absent.*synced/);
  });

  test('the disk may fail: that write is no success, and what is acknowledged later lasts', {
    timeout: startTimeoutMs,
  }, async () => {
    // So that the first sync of the program is that of the log's header, and the next ones are those of commits.
    await (await sqliteStore({ file, masterKey })).close();
    const { stdout } = trace(
      ['-o', '/dev/null', '-P', `${file}-wal`, '-e', 'inject=fsync,fdatasync:error=EIO:when=2+3'],
      `
        for (let at = 0, failed = 0; at < 40; at++) {
          const name = 'n' + at;
          const put = (tx) => tx.insert('setting', { name, value: 'v' });
          const said = await store.write(put).then(() => 'done', (error) => error.name + ' ' + error.dependency);
          const isThere = (await store.read((tx) => tx.get('setting', { name }))) !== undefined;
          console.log([name, said, isThere].join());
          if (said !== 'done') failed += 1;
          else if (failed > 2) break;
        }
        process.kill(process.pid, 'SIGKILL');
      `,
    );
    const lines = stdout.trim().split('\n');
    const [done, failed] = [
      lines.filter((line) => line.endsWith(',done,true')),
      lines.filter((line) => line.endsWith(',UnavailableError store,false')),
    ];
    expect(done.length + failed.length).toBe(lines.length);
    expect(failed.length).toBeGreaterThan(2);
    const store = await sqliteStore({ file, masterKey });
    expect(await names(store)).toEqual(done.map((line) => line.split(',')[0]).toSorted());
    await store.close();
  });
});

/** Meaning of a call for the order of things: a frame of the log, its sync, or a mark that the program wrote. */
function markOf(call: string): string {
  if (call.startsWith('pwrite64(') && call.includes('test.db-wal>')) return 'frame';
  if (/^f(data)?sync\(.* = 0/.test(call)) return 'synced';
  return /"(begin|absent|seen)"/.exec(call)?.[1] ?? '';
}

/** Returns each call once, where it ended: an interrupted call has two lines. */
function endsOf(text: string): string[] {
  const begun = new Map<string, string>();
  const ends: string[] = [];
  for (const line of text.split('\n')) {
    const [, thread = '', call = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const unfinished = / <unfinished \.\.\.>$/.exec(call);
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(call);
    if (unfinished !== null) begun.set(thread, call.slice(0, unfinished.index));
    else ends.push(resumed === null ? call : `${begun.get(thread) ?? ''}${resumed[1] ?? ''}`);
  }
  return ends;
}
