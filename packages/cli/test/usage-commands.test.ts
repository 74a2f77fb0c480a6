import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;

let place: Workplace;
let oid: string;
const keys: Record<string, string> = {};

beforeAll(async () => {
  place = await workplace();
  oid = String((await place.json(['org', 'create', '--name', 'Acme'])).oid);
  for (const [name, ...permissions] of [['worker', 'dr.list', 'dr.set', 'org.get'], ['=idle[segment]']] as const) {
    const granted = permissions.flatMap((permission) => ['--permission', permission]);
    keys[name] = String((await place.json(['key', 'create', '--org', oid, '--name', name, ...granted])).key_hash);
  }
  const store = await sqliteStore({ file: join(place.folder, '.flairgate', 'flairgate.db') });
  const day = Math.floor(Date.now() / 86_400_000);
  const { worker = '' } = keys;
  await store.write(async (tx) => {
    const sums = { oid, keyId: worker, denials: 1, limited: 0 };
    await tx.insert('usage', { ...sums, day, calls: 5, permissions: { 'dr.list': 3 } });
    await tx.insert('usage', { ...sums, day: day - 10, calls: 7, permissions: { 'dr.set': 7, 'gone.now': 1 } });
    const identity = (await tx.get('key', { keyId: worker }))?.identity ?? '';
    await tx.insert('ownership', {
      oid,
      type: 'rule',
      id: 'r1',
      organization: oid,
      createdBy: identity,
      lockedBy: identity,
      secretTo: null,
      generation: 1,
    });
  });
  await store.close();
}, timeout);
afterAll(() => place.remove());

describe('what keys did and see, on the command line', { timeout }, () => {
  it('usage keys --json sums the usage of each key over the days, and lists its unused permissions', async () => {
    const { items } = await place.json(['usage', 'keys', '--org', oid]);
    expect(items).toEqual([
      {
        key_hash: keys.worker,
        name: 'worker',
        calls: 12,
        denials: 2,
        limited: 0,
        used: ['dr.list', 'dr.set'],
        unused: ['org.get'],
        last_used: null,
      },
      {
        key_hash: keys['=idle[segment]'],
        name: '=idle[segment]',
        calls: 0,
        denials: 0,
        limited: 0,
        used: [],
        unused: [],
        last_used: null,
      },
    ]);
    const week = await place.json(['usage', 'keys', '--org', oid, '--days', '7']);
    expect(week).toMatchObject({ days: 7, items: [{ calls: 5, used: ['dr.list'] }, { calls: 0 }] });
    const unused = await place.json(['usage', 'keys', '--org', oid, '--unused']);
    expect(unused.items).toMatchObject([{ name: '=idle[segment]' }]);
  });

  it('usage keys refuses a number of days out of range', async () => {
    for (const days of ['0', '401', 'many']) {
      expect((await place.run(['usage', 'keys', '--org', oid, '--days', days])).exit).not.toBe(0);
    }
  });

  it('key list --unused-days lists keys without a use, and of an organization alone', async () => {
    const { items } = await place.json(['key', 'list', '--org', oid, '--unused-days', '30']);
    expect(items).toHaveLength(2);
    expect((await place.run(['key', 'list', '--user', 'me', '--unused-days', '30'])).exit).not.toBe(0);
  });

  it('key sees --json explains each resource of a type', async () => {
    const { key, items } = await place.json([
      'key',
      'sees',
      '--org',
      oid,
      '--hash',
      keys['=idle[segment]'] ?? '',
      '--type',
      'rule',
    ]);
    expect(key).toMatchObject({ ident: '=idle[segment]', state: 'active' });
    expect(items).toMatchObject([
      { id: 'r1', lockedBy: { name: 'worker' }, decisions: [{ allowed: false }, {}, {}, {}] },
    ]);
  });

  it('audit list and audit export name the target, and the CSV runs no formula', async () => {
    const idle = keys['=idle[segment]'] ?? '';
    const { items } = await place.json(['audit', 'list', '--org', oid, '--hash', idle, '--action', 'key.create']);
    expect(items).toMatchObject([{ target: idle, names: { [idle]: '=idle[segment]' } }]);
    const file = join(place.folder, 'audit.csv');
    await place.json(['audit', 'export', '--org', oid, '--to', file, '--format', 'csv', '--action', 'key.create']);
    const text = await readFile(file, 'utf8');
    expect(text).toContain(`,${idle},'=idle[segment],`);
    expect(text).not.toMatch(/(?:^|,)=/m);
  });
});
