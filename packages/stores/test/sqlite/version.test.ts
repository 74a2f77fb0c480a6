import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Store } from '@flairgate/core/store';
import { sqliteStore } from '@flairgate/stores/sqlite';
import fc from 'fast-check';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { masterKey } from '../databases.js';
import { startTimeoutMs } from '../processes.js';
import { type SqlProgram, sqlProgramsHere, startSqlProgram } from './sql-programs.js';

let folder: string;
let file: string;
let store: Store;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  file = join(folder, 'test.db');
  store = await sqliteStore({ file, masterKey });
});
afterEach(async () => {
  await store.close();
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true });
});

const version = () => store.version?.() ?? Number.NaN;

async function startProgram(kind: Parameters<typeof startSqlProgram>[0]): Promise<SqlProgram> {
  const program = startSqlProgram(kind, file);
  closing.push(() => program.kill());
  // What is asked here is who sees a commit when, not whether it outlives a loss of power.
  for (const statement of ['pragma synchronous = off', 'create table if not exists host (n integer, filler blob)']) {
    expect(await program.run(statement)).toBe('');
  }
  return program;
}

/** Actions of another program on the database, and whether each commits a change. */
const deeds = {
  'adds a row': { statements: ['insert into host values (1, null)'], commits: true },
  'changes one row to what it is': { statements: ['update host set n = n where rowid = 1'], commits: false },
  'adds more than fits its cache': {
    statements: [
      'pragma cache_size = 5',
      'insert into host select 2, randomblob(90000) from (values (1), (2), (3), (4))',
    ],
    commits: true,
  },
  'undoes what it has begun': {
    statements: ['begin immediate', 'insert into host select 3, randomblob(90000) from host limit 9', 'rollback'],
    commits: false,
  },
  'brings the log into the file': { statements: ['pragma wal_checkpoint(passive)'], commits: false },
  'empties the log': { statements: ['pragma wal_checkpoint(truncate)'], commits: false },
  'starts the log anew': {
    statements: ['pragma wal_checkpoint(restart)', 'insert into host values (4, null)'],
    commits: true,
  },
  'packs the file': { statements: ['insert into host values (5, null)', 'vacuum'], commits: true },
  'wants another journal': { statements: ['pragma journal_mode = delete'], commits: false },
  'wants the file for itself': {
    statements: [
      'pragma locking_mode = exclusive',
      'insert into host values (6, null)',
      'pragma locking_mode = normal',
    ],
    commits: false,
  },
} as const;
type Deed = keyof typeof deeds;
const DEEDS = Object.keys(deeds) as Deed[];
const COMMITTING = DEEDS.filter((deed) => deeds[deed].commits);

describe.each(sqlProgramsHere())('the version, while another program writes with %s,', (kind) => {
  test('the version is another one after each of 1,000 commits of another program, at whatever moment they come', {
    timeout: 60_000,
  }, async () => {
    const program = await startProgram(kind);
    for (let n = 0; n < 1000; n += 1) {
      const before = version();
      expect(version()).toBe(before);
      if (n % 3 === 0) await setImmediate();
      const committing = program.run(`insert into host values (${n}, null)`);
      if (n % 5 === 0) keepAsking(0.1);
      expect(await committing).toBe('');
      const after = version();
      expect(after === before || Number.isNaN(after), `commit ${n}`).toBe(false);
      expect(version()).toBe(after);
    }
  });

  test('the version misses no commit of another program, whatever else is done to the database', {
    timeout: 120_000,
  }, async () => {
    const program = await startProgram(kind);
    const committed = new Set<string>();
    const anyDeed = fc.constantFrom(...DEEDS, 'own write' as const, 'own read' as const);
    await fc.assert(
      fc.asyncProperty(fc.array(anyDeed, { maxLength: 25 }), async (plan) => {
        for (const deed of plan) {
          const before = version();
          expect(version()).toBe(before);
          const commits = await act(program, deed);
          const after = version();
          if (commits) expect(after, deed).not.toBe(before);
          if (commits) committed.add(deed);
          expect(version(), deed).toBe(after);
        }
      }),
      { numRuns: 25 },
    );
    expect([...committed].toSorted()).toEqual([...COMMITTING, 'own write'].toSorted());
  });

  test('the version goes on after a writer of another program died, and after it left half a header behind', {
    timeout: startTimeoutMs,
  }, async () => {
    for (let round = 0; round < 4; round += 1) {
      const writer = await startProgram(kind);
      const before = version();
      const answered = writer.run('insert into host values (1, null)');
      const dying = writer.run(`insert into host select 2, randomblob(${round}00000)`).catch(() => '');
      await answered;
      expect(version()).not.toBe(before);
      await Promise.all([writer.kill(), dying]);
      const other = await startProgram(kind);
      breakHeader(round % 2 === 0 ? 0 : 48);
      version();
      const seen = version();
      expect(await other.run('insert into host values (3, null)')).toBe('');
      expect(version()).not.toBe(seen);
    }
  });
});

/** So that some answers fall into the middle of a commit. */
function keepAsking(ms: number): void {
  for (const over = performance.now() + ms; performance.now() < over; ) version();
}

async function act(program: SqlProgram, deed: Deed | 'own write' | 'own read'): Promise<boolean> {
  if (deed === 'own write') {
    await store.write((tx) => tx.insert('setting', { name: String(performance.now()), value: 'own' }));
    return true;
  }
  if (deed === 'own read') {
    await store.read((tx) => tx.get('revision', { id: 1 }));
    return false;
  }
  const { statements, commits } = deeds[deed];
  let failed = false;
  for (const statement of statements) failed = (await program.run(statement)) !== '' || failed;
  return commits && !failed;
}

/** Spoils a copy of the header in the wal-index, as a process does that dies while it writes it. */
function breakHeader(at: number): void {
  const program = `
    const { openSync, writeSync } = require('node:fs');
    writeSync(openSync(process.argv[1], 'r+'), Buffer.alloc(24, 1), 0, 24, ${at + 8});
  `;
  // In a process of its own: closing such a descriptor would end the locks of this one.
  expect(spawnSync(process.execPath, ['--eval', program, `${file}-shm`]).status).toBe(0);
}

describe('the version', () => {
  test('the version tells of a commit while a transaction that began before it goes on', async () => {
    const other = new Libsql(file);
    closing.push(() => other.close());
    other.exec('create table host (n integer)');
    const before = version();
    let end: () => void = () => undefined;
    const reading = store.read(async (tx) => {
      await tx.get('revision', { id: 1 });
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    });
    await setImmediate();
    other.exec('insert into host values (1)');
    expect(version()).not.toBe(before);
    end();
    await reading;
    expect(version()).not.toBe(before);
  });

  test('the version is told on a handle of the host too', async () => {
    const [database, other] = [new Libsql(file), new Libsql(file)];
    const onHandle = await sqliteStore({ database, masterKey });
    other.exec('create table host (n integer)');
    for (let n = 0; n < 20; n += 1) {
      const before = onHandle.version?.();
      expect(onHandle.version?.()).toBe(before);
      other.exec('insert into host values (1)');
      expect(onHandle.version?.()).not.toBe(before);
    }
    await onHandle.close();
    for (const handle of [database, other]) handle.close();
  });
});
