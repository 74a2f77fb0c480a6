import assert from 'node:assert/strict';
import {
  type Catalogue,
  compileRequirement,
  createAuthenticator,
  createCatalogue,
  decidePermissions,
  defaultCatalogue,
  type Principal,
} from '@flairgate/core';
import { createKey } from '@flairgate/core/administration';
import { type BenchFixture, createBenchFixture, needed, permissions, unwrap } from '../harness/fixture.js';
import type { BenchOptions } from '../harness/options.js';
import { printTimes, type TimedCase, timeCases } from '../harness/time-cases.js';

const OPERATOR = { kind: 'operator', name: 'benchmark' } as const;
const UID = '00000000-0000-4000-8000-000000000002';

/** Times the judgement of principals with ever more organizations, and ever more permissions. */
export async function measureBreadth(options: BenchOptions): Promise<void> {
  const cases: TimedCase[] = [];
  for (const count of [1, 100, options.smoke ? 1000 : 10_000]) cases.push(await organizationCase(count));
  for (const count of [1, 100, 1000]) cases.push(await permissionCase(count));
  printTimes('scale', await timeCases(cases, options));
}

async function organizationCase(count: number): Promise<TimedCase> {
  const setting = await createBenchFixture('memory');
  const oids = await joinOrganizations(setting, count);
  const { text } = unwrap(
    await createKey(setting.context, OPERATOR, { owner: { kind: 'user', uid: UID }, name: 'all' }),
  );
  const principal = await principalOf(setting, text, defaultCatalogue);
  assert.equal(principal.organizations.length, count);
  return judgements(`permission in one of ${count} organizations`, principal, oids, defaultCatalogue, needed);
}

async function permissionCase(count: number): Promise<TimedCase> {
  const entries = Array.from({ length: 1000 }, (_, index) => ({
    name: `area${index % 40}.action${index}`,
    description: '',
    privileged: false,
  }));
  const catalogue = createCatalogue(entries);
  const setting = await createBenchFixture('memory');
  const names = entries.slice(0, count).map(({ name }) => name);
  const inCatalogue = { ...setting, context: { ...setting.context, catalogue } };
  const owner = { kind: 'organization', oid: setting.oid } as const;
  const input = { owner, name: 'wide', permissions: names };
  const { text } = unwrap(await createKey(inCatalogue.context, OPERATOR, input));
  const principal = await principalOf(setting, text, catalogue);
  const last = names.at(-1) ?? '';
  return judgements(`permission, one of ${count} held`, principal, [setting.oid], catalogue, last);
}

async function principalOf({ store }: BenchFixture, text: string, catalogue: Catalogue): Promise<Principal> {
  const authenticator = createAuthenticator({ store, catalogue });
  const principal = await authenticator.authenticate({ kind: 'api-key', text }, undefined);
  assert.ok('in' in principal);
  await authenticator.close();
  return principal;
}

function judgements(
  name: string,
  principal: Principal,
  oids: readonly string[],
  catalogue: Catalogue,
  permission: string,
): TimedCase {
  const requirement = compileRequirement([permission], catalogue, 'all');
  let at = 0;
  return {
    name,
    run(count) {
      let right = 0;
      for (let index = 0; index < count; index++) {
        at = at + 1 >= oids.length ? 0 : at + 1;
        const view = principal.in(oids[at] ?? '');
        if (view !== undefined && decidePermissions(requirement, view.bits).allowed) right += 1;
      }
      return right;
    },
  };
}

/** Writes a user and `count` memberships directly, because each command would be a transaction. */
async function joinOrganizations({ store }: BenchFixture, count: number): Promise<readonly string[]> {
  const oids = Array.from(
    { length: count },
    (_, index) => `00000000-0000-4000-9000-${String(index).padStart(12, '0')}`,
  );
  await store.write(async (tx) => {
    const user = {
      uid: UID,
      email: 'bench@example.com',
      type: 'standard',
      oid: null,
      active: true,
      createdAt: 0,
    } as const;
    await tx.insert('user', user);
    for (const oid of oids) {
      await tx.insert('organization', {
        oid,
        name: 'bench',
        location: '',
        createdBy: null,
        createdAt: 0,
        description: null,
      });
      await tx.insert('membership', { uid: UID, oid, role: 'member', permissions, accepted: true });
      await tx.insert('consent', { uid: UID, oid, acceptedAt: 0 });
    }
  });
  return oids;
}
