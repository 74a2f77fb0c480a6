import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUp } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, expect, test } from 'vitest';
import { dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../../../packages/stores/test/databases.js';
import { linesOf, start, storeProgram } from '../../../packages/stores/test/processes.js';

const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
afterAll(() => rm(folder, { recursive: true }));

const ROUNDS = 6;
const ROWS = 3000;
const PLACE = { accepted: true, giver: null, address: null };

/** Restores, and says when it begins and when it is done. */
const program = storeProgram(`
  import { randomBytes } from 'node:crypto';
  import { readFileSync, writeSync } from 'node:fs';
  import { defaultCatalogue } from '@flairgate/core';
import { openBackup, restore } from '@flairgate/core/administration';
  const lines = readFileSync(process.argv[4], 'utf8').trimEnd().split('\\n');
  const backup = await openBackup(async function* () { yield* lines; }, masterKey);
  const context = { store, catalogue: defaultCatalogue, now: Date.now, random: randomBytes, committed: async () => undefined };
  writeSync(1, 'begun\\n');
  await restore(context, backup, { operator: 'test', replace: true });
  writeSync(1, 'done\\n');
  await store.close();
`);

/** Has the database hold the members of one group, and of no other. */
async function fill(store: Store, gid: 'old' | 'new'): Promise<void> {
  await store.write(async (tx) => {
    for (const other of ['old', 'new']) await tx.remove('groupMember', { gid: other });
    for (let at = 0; at < ROWS; at++) await tx.insert('groupMember', { ...PLACE, gid, uid: `u${at}` });
  });
}

async function found(store: Store): Promise<readonly string[]> {
  const members = await store.read((tx) => tx.find('groupMember', {}));
  return [...new Set(members.map(({ gid }) => gid)), String(members.length)];
}

async function backUpTo(file: string, store: Store): Promise<void> {
  const lines: string[] = [];
  await backUp(store, 0, async (line) => void lines.push(line));
  await writeFile(file, lines.join('\n'));
}

test.each(await kindsToTest(['sqlite', 'postgres']))(
  '%s: a restore that is killed leaves all the old rows or all the new ones',
  { timeout: 240_000 },
  async (kind) => {
    const schema = newSchema();
    const file = join(folder, 'test.db');
    const backup = join(folder, `${kind}.backup`);
    const store = await (kind === 'sqlite'
      ? sqliteStore({ file, masterKey })
      : postgresStore({ url: postgresUrl, schema, masterKey }));
    try {
      await fill(store, 'new');
      await backUpTo(backup, store);
      let wholeMs = 0;
      const outcomes = new Set<string>();
      for (let round = 0; round < ROUNDS; round++) {
        await fill(store, 'old');
        const printed = await restoreAndKill(kind === 'sqlite' ? file : postgresUrl, wholeMs * (round / ROUNDS));
        // The first is let through, and says how long one takes.
        if (round === 0) wholeMs = printed.tookMs;
        const rows = await found(store);
        expect([
          ['old', String(ROWS)],
          ['new', String(ROWS)],
        ]).toContainEqual(rows);
        if (printed.isDone) expect(rows).toContain('new');
        outcomes.add(rows[0] ?? '');
      }
      expect([...outcomes].sort()).toEqual(['new', 'old']);
    } finally {
      await store.close();
      if (kind === 'postgres') await dropSchema(schema);
    }

    async function restoreAndKill(place: string, killAfterMs: number) {
      const child = start(program, [kind, place, schema, backup]);
      let beganAt = 0;
      const lines = await linesOf(child, () => {
        if (beganAt !== 0) return;
        beganAt = performance.now();
        if (killAfterMs > 0) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      });
      return { isDone: lines.includes('done'), tookMs: performance.now() - beganAt };
    }
  },
);
