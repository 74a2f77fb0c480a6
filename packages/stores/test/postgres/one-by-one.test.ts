import { randomBytes } from 'node:crypto';
import { defaultCatalogue } from '@flairgate/core';
import { createKey, createOrganization, listKeys } from '@flairgate/core/administration';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../databases.js';

const [kind] = await kindsToTest(['postgres']);

let database: TestDatabase | undefined;
beforeAll(async () => {
  if (kind !== undefined) database = await makeDatabase(kind);
});
afterAll(() => database?.remove());

test.skipIf(kind === undefined)('a list gives its connection one statement after another', async () => {
  const store = await database?.open();
  if (store === undefined) throw new Error('it is open');
  const context = {
    store,
    catalogue: defaultCatalogue,
    now: Date.now,
    random: randomBytes,
    keyFormat: 'fg' as const,
    hashSecret: async () => 'none',
    readableIngestionKeys: false,
    committed: async () => undefined,
  };
  const operator = { kind: 'operator', name: 'test' } as const;
  const made = await createOrganization(context, operator, { name: 'acme' });
  if (!made.allowed) throw new Error(made.code);
  const { oid } = made.value;
  for (const name of ['one', 'two', 'three']) {
    await createKey(context, operator, { owner: { kind: 'organization', oid }, name, permissions: [] });
  }
  const warnings: string[] = [];
  const hear = ({ message }: Error) => void warnings.push(message);
  process.on('warning', hear);
  const listed = await listKeys(context, operator, { oid });
  await new Promise((resolve) => setImmediate(resolve));
  process.removeListener('warning', hear);
  expect(listed).toMatchObject({ allowed: true, value: { entries: [{}, {}, {}] } });
  expect(warnings).toEqual([]);
});
