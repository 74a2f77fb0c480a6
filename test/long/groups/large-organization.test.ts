import { randomBytes, randomUUID } from 'node:crypto';
import { createAuthenticator, isDenial } from '@flairgate/core';
import { createHasher } from '@flairgate/core/calibrate';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import type { ReadTransaction, Store } from '@flairgate/core/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../../packages/stores/test/databases.js';
import { sampleRows } from '../../../packages/stores/test/sample-rows.js';
import { percentile } from '../../cluster/changes.ts';

/** The most that an organization can have, each with as many groups as makes 6.6 MB of them. */
const POLICIES = 1000;
const GROUPS_OF_EACH = 100;
const TIMES = Number(process.env.TIMES ?? 100);
/** Statements on SQLite: the levels of groups add to them, and nothing else does. */
const MOST_STATEMENTS = 24;

/** Counts statements and rows of reads. */
function counted(store: Store): { readonly store: Store; take(): { statements: number; rows: number } } {
  let found = { statements: 0, rows: 0 };
  const count = (rows: unknown) => {
    found.statements += 1;
    if (Array.isArray(rows)) found.rows += rows.length;
    else if (rows !== undefined) found.rows += 1;
  };
  const counting = (tx: ReadTransaction): ReadTransaction =>
    new Proxy(tx, {
      get: (target, name) => {
        const method = Reflect.get(target, name);
        return async (...args: unknown[]) => {
          const rows = await Reflect.apply(method, target, args);
          count(rows);
          return rows;
        };
      },
    });
  const { rowsOfKey } = store;
  return {
    store: {
      ...store,
      read: (work) => store.read((tx) => work(counting(tx))),
      ...(rowsOfKey !== undefined && {
        async rowsOfKey(question) {
          const rows = await rowsOfKey(question);
          count(Object.values(rows ?? {}).flat());
          return rows;
        },
      }),
    },
    take() {
      const taken = found;
      found = { statements: 0, rows: 0 };
      return taken;
    },
  };
}

/** Makes an API user in three groups, each of which one of the policies names; returns the text of the user's key. */
async function fill(store: Store): Promise<string> {
  const text = mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
  const hash = await createHasher().hash(text, { scheme: 'sha256', rounds: 1 });
  const [oid, uid, keyId, identity] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const gids = Array.from({ length: 3 }, () => randomUUID());
  await store.write(async (tx) => {
    await tx.insert('organization', { ...sampleRows.organization, oid });
    await tx.insert('user', { ...sampleRows.user, uid, oid, email: `${uid}@a.example`, type: 'api' });
    await tx.insert('consent', { uid, oid, acceptedAt: 0 });
    for (const gid of gids) {
      await tx.insert('group', { ...sampleRows.group, gid, permissions: [] });
      await tx.insert('groupMember', { ...sampleRows.groupMember, gid, uid, accepted: true });
    }
    const key = { kind: 'user', oid: null, uid, policy: null, permissions: [], flairs: [], ranges: [] } as const;
    await tx.insert('key', { ...sampleRows.key, ...key, keyId, identity });
    await tx.insert('secret', { ...sampleRows.secret, tag: store.material.tag(text), keyId, hash });
    await tx.insert('identity', { ...sampleRows.identity, id: identity, name: identity });
  });
  const others = Array.from({ length: 5000 }, () => randomUUID());
  for (let at = 0; at < POLICIES; at += 50) {
    const policies = Array.from({ length: 50 }, (_, nth) => {
      const named = Array.from({ length: GROUPS_OF_EACH }, (_, of) => others[(7 * (at + nth) + of) % others.length]);
      const grants = Object.fromEntries(named.map((gid) => [gid, { deal: ['read' as const, 'write' as const] }]));
      const own = gids[at + nth] === undefined ? {} : { [gids[at + nth] ?? '']: { deal: ['read' as const] } };
      return { ...sampleRows.policy, oid, name: `p${at + nth}`, grants: { ...grants, ...own } };
    });
    await store.write((tx) => tx.insertAll('policy', policies));
  }
  return text;
}

describe.each(await kindsToTest(['sqlite', 'postgres']))(`an organization with ${POLICIES} policies, on %s`, (kind) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await makeDatabase(kind);
  });
  afterAll(() => database.remove());

  test('a key of one of its users is read by few statements and few rows', async () => {
    const { store, take } = counted(await database.open());
    const text = await fill(store);
    // With room for one principal and another key in between, no read is answered from the cache.
    const reading = createAuthenticator({ store, maxCachedPrincipals: 1 });
    const other = await fillOther(store);
    const took: number[] = [];
    let most = { statements: 0, rows: 0 };
    for (let at = 0; at < TIMES; at++) {
      await reading.authenticate({ kind: 'api-key', text: other }, undefined);
      take();
      const from = performance.now();
      const found = await reading.authenticate({ kind: 'api-key', text }, undefined);
      took.push(performance.now() - from);
      if (isDenial(found)) throw new Error(found.code);
      most = take();
    }
    await reading.close();
    took.sort((a, b) => a - b);
    const ms = [50, 99, 100].map((of100) => Math.round(percentile(took, of100) * 100) / 100);
    process.stdout.write(`${JSON.stringify({ kind, policies: POLICIES, times: TIMES, 'p50 p99 max': ms, ...most })}\n`);
    expect(most.statements).toBeLessThanOrEqual(kind === 'postgres' ? 1 : MOST_STATEMENTS);
    expect(most.rows).toBeLessThanOrEqual(30);
  });
});

/** Makes a key of an organization without policies. */
async function fillOther(store: Store): Promise<string> {
  const text = mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
  const hash = await createHasher().hash(text, { scheme: 'sha256', rounds: 1 });
  const [oid, keyId, identity] = [randomUUID(), randomUUID(), randomUUID()];
  await store.write(async (tx) => {
    await tx.insert('organization', { ...sampleRows.organization, oid });
    const key = {
      kind: 'organization',
      oid,
      uid: null,
      policy: null,
      permissions: [],
      flairs: [],
      ranges: [],
    } as const;
    await tx.insert('key', { ...sampleRows.key, ...key, keyId, identity });
    await tx.insert('secret', { ...sampleRows.secret, tag: store.material.tag(text), keyId, hash });
    await tx.insert('identity', { ...sampleRows.identity, id: identity, name: identity });
  });
  return text;
}
