import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, expect, test } from 'vitest';
import { linesOf, start, storeProgram } from '../../../packages/stores/test/processes.js';

const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
afterAll(() => rm(folder, { recursive: true }));

const ROUNDS = 10;
/** Acknowledged writes after which a round is killed: at once, and later, in the middle of a checkpoint too. */
const killAfter = (round: number) => 1 + round * 60;

/** Writes keys, several at once, and prints each id when its write was acknowledged. */
const writer = storeProgram(`
  import { writeSync } from 'node:fs';
  const row = ${JSON.stringify({
    identity: 'i',
    kind: 'organization',
    oid: 'o',
    uid: null,
    name: 'n',
    flairs: [],
    permissions: ['dr.list'],
    ranges: [],
    description: 'x'.repeat(500),
    createdBy: null,
    createdByName: '',
    createdAt: 0,
    expiresAt: null,
    disabledAt: null,
    revokedAt: null,
    masked: null,
    sealed: null,
    policy: null,
    honeytoken: false,
  })};
  async function writeKeys(prefix) {
    for (let at = 0; ; at++) {
      const keyId = prefix + at;
      await securityWrite(store, 0, async (tx) => {
        tx.touch('key', keyId);
        await tx.insert('key', { ...row, keyId });
        await tx.insert('secret', { tag: keyId, keyId, hash: 'h', createdAt: 0, endsAt: null, lastUsedAt: null });
        return allow(keyId);
      });
      writeSync(1, keyId + '\\n');
    }
  }
  await Promise.all([writeKeys(process.pid + 'a'), writeKeys(process.pid + 'b'), writeKeys(process.pid + 'c')]);
`);

test('a store finds every acknowledged key after each of ten kill -9', { timeout: 120_000 }, async () => {
  const file = join(folder, 'test.db');
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const child = start(writer, ['sqlite', file, 'own key']);
    let printed = 0;
    const lines = await linesOf(child, () => {
      printed += 1;
      if (printed === killAfter(round)) child.kill('SIGKILL');
    });
    expect(child.signalCode ?? 'SIGKILL').toBe('SIGKILL');
    expect(lines.length).toBeGreaterThanOrEqual(killAfter(round));
    acknowledged.push(...lines);
    await expectAll(file, acknowledged);
  }
});

/** Every acknowledged key is there whole, and the revision counts exactly the keys that are there. */
async function expectAll(file: string, acknowledged: readonly string[]): Promise<void> {
  const store = await sqliteStore({ file });
  const { keys, secrets, changes, n } = await store.read(async (tx) => ({
    keys: (await tx.find('key', {})).map((row) => row.keyId),
    secrets: (await tx.find('secret', {})).map((row) => row.keyId),
    changes: (await tx.find('change', {})).map((row) => row.n),
    n: (await tx.get('revision', { id: 1 }))?.n,
  }));
  await store.close();
  const found = new Set(keys);
  expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
  expect(secrets).toEqual(keys);
  expect(changes).toEqual(Array.from({ length: keys.length }, (_, at) => at + 1));
  expect(n).toBe(keys.length);
}
