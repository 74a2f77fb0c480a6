import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { defaultCatalogue } from '@flairgate/core';
import {
  type AdministrationContext,
  type Backup,
  backUp,
  confirmRestore,
  createKey,
  openBackup,
  restore,
  revokeKey,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { type Store, schema, type TableName } from '@flairgate/core/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, masterKey, type TestDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';
import { done, operator, type RunningService, runService, seed } from '../flow/running-service.ts';

const kinds = await kindsToTest(['sqlite', 'postgres']);
const tables = Object.keys(schema).filter((name): name is TableName => name in schema);

const hasher = createHasher();

async function linesOf(store: Store): Promise<readonly string[]> {
  const lines: string[] = [];
  await backUp(store, 1, async (line) => void lines.push(line));
  return lines;
}

function opened(lines: readonly string[]): Promise<Backup> {
  return openBackup(async function* () {
    yield* lines;
  }, masterKey);
}

function contextOf(store: Store): AdministrationContext {
  return {
    store,
    catalogue: defaultCatalogue,
    now: Date.now,
    random: randomBytes,
    keyFormat: 'fg',
    hashSecret: (text) => hasher.hash(text, { scheme: 'sha256', rounds: 1 }),
    readableIngestionKeys: false,
    committed: async () => undefined,
  };
}

test('a change of the tables is a change of the format of backups', () => {
  const columns = tables.map((table) => [table, Object.keys(sampleRows[table]).sort()]);
  const digest = createHash('sha256').update(JSON.stringify(columns)).digest('hex').slice(0, 16);
  // Another digest: raise BACKUP_FORMAT, bring files of the old format up to date where they are read, and write it here.
  expect({ format: 6, digest }).toEqual({ format: 6, digest: '51a7370dd06aa3a6' });
});

describe.each(kinds)('from %s', (kind) => {
  test.each(kinds)(
    'a restore into an empty database of %s gives every row as it was',
    { timeout: 120_000 },
    async (other) => {
      const [from, to] = [await makeDatabase(kind), await makeDatabase(other)];
      try {
        const store = await from.open();
        const odd = { name: '\u{10ffff}\uffff"\\\n\u2028', value: "'; drop table flairgate_key; --" };
        await store.write(async (tx) => {
          await tx.insert('setting', odd);
          for (const table of tables) if (table !== 'revision') await tx.insert(table, sampleRows[table]);
          for (let at = 0; at < 1200; at++)
            await tx.insert('groupMember', { ...sampleRows.groupMember, gid: 'many', uid: `u${at}` });
        });
        const lines = await linesOf(store);
        const target = await to.open();
        await restore(contextOf(target), await opened(lines), { operator: 'test' });
        const back = await linesOf(await to.open());
        const isSame = (line: string) => !/^\["(revision|audit)"|"suspended"|^\{/.test(line);
        expect(back.filter(isSame)).toEqual(lines.filter(isSame));
        expect(back.length).toBe(lines.length + 2);
      } finally {
        await Promise.all([from.remove(), to.remove()]);
      }
    },
  );
});

describe.each(kinds)('%s, while a service is running on it', (kind) => {
  let database: TestDatabase;
  let running: RunningService;
  let control: AdministrationContext;

  beforeEach(async () => {
    database = await makeDatabase(kind);
    running = await runService(await database.open());
    control = contextOf(await database.open());
  });
  afterEach(async () => {
    await running.close();
    await database.remove();
  });

  const who = async (headers: Readonly<Record<string, string>>) =>
    (await running.send({ method: 'GET', path: '/v1/who', headers })).status;
  const byKey = (text: string) => ({ 'x-api-key': text });

  async function exchanged(oid: string, secret: string) {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams({ oid, secret }).toString();
    const { body: answer } = await running.send({ method: 'POST', path: '/jwt', headers: form, body });
    return { Authorization: `Bearer ${answer.jwt}` };
  }

  async function story() {
    const { oid, organizationKey, userKey } = await seed(running);
    const make = async (name: string) => {
      const { text, keyId } = await done(
        createKey(control, operator, { owner: { kind: 'organization', oid }, name, permissions: ['dr.list'] }),
      );
      return { key: byKey(text), keyId, token: await exchanged(oid, text), text };
    };
    return { oid, organizationKey, userKey, ended: await make('ended'), kept: await make('kept'), make };
  }

  test('a restore of an older copy under a running service revives nothing, and every token ends', async () => {
    const { oid, ended, kept, make } = await story();
    const lines = await linesOf(control.store);
    await done(revokeKey(control, operator, { oid, keyId: ended.keyId }));
    const later = await make('later');
    const before = [ended.key, ended.token, kept.key, kept.token, later.key, later.token];
    expect(await Promise.all(before.map(who))).toEqual([401, 401, 200, 200, 200, 200]);
    const restored = await restore(control, await opened(lines), { operator: 'test' });
    expect(restored.kind).toBe('merged');
    await expectSoon(
      [ended.key, ended.token, kept.key, kept.token, later.key, later.token],
      [401, 401, 200, 401, 401, 401],
    );
    expect(await who(await exchanged(oid, kept.text))).toBe(200);
  });

  test('a restore that replaces under a running service suspends every key, until it is confirmed', async () => {
    const { oid, organizationKey, userKey, ended, kept } = await story();
    const lines = await linesOf(control.store);
    await done(revokeKey(control, operator, { oid, keyId: ended.keyId }));
    await restore(control, await opened(lines), { operator: 'test', replace: true });
    const all = [ended.key, ended.token, kept.key, kept.token, byKey(organizationKey.text), byKey(userKey.text)];
    await expectSoon(
      all,
      all.map(() => 401),
    );
    const unknown = await running.send({ method: 'GET', path: '/v1/who', headers: byKey(randomUUID()) });
    const suspended = await running.send({ method: 'GET', path: '/v1/who', headers: kept.key });
    expect([suspended.status, suspended.text]).toEqual([unknown.status, unknown.text]);
    await done(confirmRestore(control, 'test'));
    await expectSoon([kept.key, kept.token, byKey(userKey.text)], [200, 401, 200]);
    expect(await who(await exchanged(oid, kept.text))).toBe(200);
  });

  /** A push is on its way: SQLite's counts at the next request, that of PostgreSQL within milliseconds. */
  async function expectSoon(headers: readonly Readonly<Record<string, string>>[], statuses: readonly number[]) {
    for (let tries = 0; kind === 'postgres' && tries < 100; tries++) {
      if (`${await Promise.all(headers.map(who))}` === `${statuses}`) return;
      await setTimeout(50);
    }
    expect(await Promise.all(headers.map(who))).toEqual(statuses);
  }
});
