import { randomBytes } from 'node:crypto';
import { defaultCatalogue } from '@flairgate/core';
import {
  type AdministrationContext,
  createOrganization,
  listOrganizations,
  updateOrganization,
} from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { done, operator } from '../flow/running-service.ts';

function contextOf(store: Store): AdministrationContext {
  return {
    store,
    catalogue: defaultCatalogue,
    now: Date.now,
    random: randomBytes,
    keyFormat: 'fg',
    hashSecret: async () => 'no key is made here',
    readableIngestionKeys: false,
    uniqueOrganizationNames: true,
    committed: async () => undefined,
  };
}

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))('where names are unique, on %s', (kind) => {
  let database: TestDatabase;
  let contexts: readonly AdministrationContext[];

  beforeEach(async () => {
    database = await makeDatabase(kind);
    const store = await database.open();
    // Two processes have a connection each; memory belongs to one.
    const other = kind === 'memory' ? store : await database.open();
    contexts = [store, other, store, other].map(contextOf);
  });
  afterEach(() => database.remove());

  const namesOf = async ([context]: readonly AdministrationContext[]) => {
    if (context === undefined) throw new Error('no store was opened');
    const { entries } = await done(listOrganizations(context, operator));
    return entries.map(({ name }) => name).sort();
  };

  test('of organizations that are created at the same time, exactly one gets a name', async () => {
    for (const name of ['one', 'two', 'three']) {
      const outcomes = await Promise.all(contexts.map((context) => createOrganization(context, operator, { name })));
      expect(outcomes.filter(({ allowed }) => allowed)).toHaveLength(1);
      expect(outcomes.flatMap((outcome) => (outcome.allowed ? [] : [outcome.code]))).toEqual(
        Array(contexts.length - 1).fill('ERR_NAME_TAKEN'),
      );
    }
    expect(await namesOf(contexts)).toEqual(['one', 'three', 'two']);
  });

  test('of renames and a create at the same time, exactly one gets a name', async () => {
    const renamed = await Promise.all(
      contexts.map((context, at) => done(createOrganization(context, operator, { name: `before ${at}` }))),
    );
    const outcomes = await Promise.all([
      ...contexts.map((context, at) => {
        const { oid } = renamed[at] ?? { oid: '' };
        return updateOrganization(context, operator, { oid, name: 'wanted' });
      }),
      ...contexts.map((context) => createOrganization(context, operator, { name: 'wanted' })),
    ]);
    expect(outcomes.filter(({ allowed }) => allowed)).toHaveLength(1);
    expect((await namesOf(contexts)).filter((name) => name === 'wanted')).toHaveLength(1);
  });
});
