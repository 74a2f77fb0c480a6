import { randomBytes } from 'node:crypto';
import {
  createAuthenticator,
  defaultCatalogue,
  memoryStore,
  type Outcome,
  type Principal,
  parseKeyText,
} from '@flairgate/core';
import {
  type Actor,
  type AdministrationContext,
  adoptResources,
  createKey,
  createOrganization,
  type InlineResource,
  listOwnership,
  releaseLock,
  resolveIntent,
  transferLock,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { createGuardWriter, spaceOf } from '@flairgate/core/internal';
import type { Ownership } from '@flairgate/core/resources';
import { beforeEach, describe, expect, it } from 'vitest';

const operator: Actor = { kind: 'operator', name: 'test' };
const routed = { type: 'rule', tenancy: 'routed' } as const;

function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.allowed) throw new Error(outcome.reason);
  return outcome.value;
}

describe('ownership behind a guard', () => {
  let context: AdministrationContext;
  let oid: string;
  let principals: Record<'holder' | 'plain' | 'root' | 'segment', Principal>;

  beforeEach(async () => {
    const store = await memoryStore();
    const hasher = createHasher();
    context = {
      store,
      catalogue: defaultCatalogue,
      now: Date.now,
      random: randomBytes,
      keyFormat: 'fg',
      hashSecret: (text) => hasher.hash(text, { scheme: 'sha256', rounds: 1 }),
      readableIngestionKeys: false,
      committed: async () => undefined,
    };
    oid = unwrap(await createOrganization(context, operator, { name: 'org' })).oid;
    const authenticator = createAuthenticator({ store });
    const principal = async (name: string): Promise<Principal> => {
      const owner = { kind: 'organization', oid } as const;
      const { text } = unwrap(await createKey(context, operator, { owner, name, permissions: [], ranges: [] }));
      expect(parseKeyText(text)).toBeDefined();
      const found = await authenticator.authenticate({ kind: 'api-key', text } as never, undefined);
      if (!('identity' in found)) throw new Error('no principal');
      return found;
    };
    principals = {
      holder: await principal('holder[lock]'),
      plain: await principal('plain'),
      root: await principal('chief[root]'),
      segment: await principal('part[segment]'),
    };
    await authenticator.close();
    await lockRule('r1');
  });

  async function lockRule(id: string): Promise<void> {
    const party = principals.holder.in(oid);
    if (party === undefined) throw new Error('no party');
    const space = spaceOf('rule', 'routed', oid);
    const writer = createGuardWriter({
      store: context.store,
      now: Date.now,
      waitMs: 0,
      leaseMs: 1000,
      onTrouble: () => undefined,
    });
    const ownership = { createdBy: party.identity, lockedBy: party.identity, secretTo: null };
    await writer.assignOwnership({ space, caller: party, id, ownership }, undefined);
  }

  const as = (name: keyof typeof principals): Actor => ({
    kind: 'principal',
    principal: principals[name],
    address: undefined,
  });
  const rule = () => ({ ...routed, oid, id: 'r1' });
  const holderOf = async () => unwrap(await listOwnership(context, operator, { ...routed, oid })).entries[0]?.lockedBy;

  it('ownership behind a guard lets holder, root and the operator release or hand on a lock, and writes it down', async () => {
    for (const actor of [as('holder'), as('root'), operator]) {
      const { identity } = principals.plain;
      expect(unwrap(await transferLock(context, actor, { ...rule(), to: identity })).to).toBe(identity);
      expect(await holderOf()).toBe(identity);
      unwrap(await transferLock(context, operator, { ...rule(), to: principals.holder.identity }));
    }
    unwrap(await releaseLock(context, as('holder'), rule()));
    expect(await holderOf()).toBeNull();
    const actions = (await context.store.read((tx) => tx.find('audit', {}))).map(({ action }) => action);
    expect(actions.filter((action) => action.startsWith('ownership.')).sort()).toEqual([
      'ownership.release',
      ...Array.from({ length: 6 }, () => 'ownership.transfer'),
    ]);
  });

  it('a lock in the table of a service is released and handed on alike, and what did not come about is written down', async () => {
    const { holder, plain } = principals;
    let row: Ownership | undefined = { createdBy: holder.identity, lockedBy: holder.identity, secretTo: null };
    let race = false;
    // Entries of one millisecond have no order among themselves.
    let at = Date.now();
    context = { ...context, now: () => (at += 1) };
    const lock: InlineResource['lock'] = {
      find: async () => row,
      async change(from, to) {
        if (race || row?.lockedBy !== from) return false;
        row = { ...row, lockedBy: to };
        return true;
      },
    };
    const record = { oid, type: 'record', id: 'x', lock };
    expect(await releaseLock(context, as('plain'), record)).toMatchObject({ code: 'ERR_RESOURCE_LOCKED' });
    const hidden = await releaseLock(context, as('segment'), record);
    const elsewhere = await releaseLock(context, as('holder'), { ...record, oid: 'another' });
    expect(elsewhere).toMatchObject({ code: 'ERR_NOT_FOUND' });
    const to = plain.keyId ?? '';
    expect(unwrap(await transferLock(context, as('holder'), { ...record, to }))).toEqual({
      id: 'x',
      from: holder.identity,
      to: plain.identity,
    });
    race = true;
    expect(await releaseLock(context, as('root'), record)).toMatchObject({ code: 'ERR_ETAG_MISMATCH' });
    race = false;
    unwrap(await releaseLock(context, as('plain'), record));
    expect(row.lockedBy).toBeNull();
    row = undefined;
    expect(await releaseLock(context, as('segment'), record)).toEqual(hidden);
    const written = (await context.store.read((tx) => tx.find('audit', {}))).filter(({ target }) => target === 'x');
    expect(written.map(({ action, outcome, actor }) => [action, outcome, actor])).toEqual([
      ['ownership.transfer', 'done', holder.identity],
      ['ownership.release', 'done', principals.root.identity],
      ['ownership.release', 'not-done', principals.root.identity],
      ['ownership.release', 'done', plain.identity],
    ]);
  });

  it('ownership behind a guard refuses others: locked to callers that may know it, missing to callers that may not', async () => {
    expect(await releaseLock(context, as('plain'), rule())).toMatchObject({
      code: 'ERR_RESOURCE_LOCKED',
      detail: 'the resource is locked by holder[lock]',
      members: { lockedBy: 'holder[lock]' },
    });
    const hidden = await releaseLock(context, as('segment'), rule());
    expect(hidden).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(hidden).toEqual(await releaseLock(context, as('segment'), { ...rule(), id: 'none' }));
    expect(await transferLock(context, operator, { ...rule(), to: 'nobody' })).toMatchObject({
      code: 'ERR_VALIDATION',
    });
    expect(await holderOf()).toBe(principals.holder.identity);
  });

  it('ownership behind a guard adopts for one organization only, and all ids or none', async () => {
    const shared = { type: 'rule', tenancy: 'shared' } as const;
    const other = unwrap(await createOrganization(context, operator, { name: 'other' })).oid;
    expect(unwrap(await adoptResources(context, operator, { ...shared, oid, ids: ['a', 'b'] }))).toEqual({
      adopted: 2,
      before: 0,
    });
    expect(unwrap(await adoptResources(context, operator, { ...shared, oid, ids: ['a', 'c'] }))).toEqual({
      adopted: 1,
      before: 1,
    });
    expect(await adoptResources(context, operator, { ...shared, oid: other, ids: ['z', 'a'] })).toMatchObject({
      code: 'ERR_RESOURCE_EXISTS',
    });
    expect(unwrap(await listOwnership(context, operator, { ...shared, oid: other })).entries).toEqual([]);
    expect(await adoptResources(context, as('root'), { ...shared, oid, ids: ['d'] })).toMatchObject({
      code: 'ERR_PERMISSION_MISSING',
    });
    unwrap(await adoptResources(context, operator, { ...shared, oid }));
    expect(await adoptResources(context, operator, { ...shared, oid: other })).toMatchObject({
      code: 'ERR_RESOURCE_EXISTS',
    });
  });

  it('ownership behind a guard resolves an unfinished write once its process is dead, and not before', async () => {
    const party = principals.holder.in(oid);
    if (party === undefined) throw new Error('no party');
    let now = 1_000;
    const writer = createGuardWriter({
      store: context.store,
      now: () => now,
      waitMs: 0,
      leaseMs: 1000,
      onTrouble: () => undefined,
    });
    const pending = { createdBy: party.identity, lockedBy: party.identity, secretTo: null };
    const { intent, release } = await writer.reserve(spaceOf('rule', 'routed', oid), party, pending);
    release();
    const at = { ...context, now: () => now };
    const given = { ...routed, oid, token: intent.token, id: 'r9' };
    expect(await resolveIntent(at, operator, given)).toMatchObject({ code: 'ERR_RESOURCE_EXISTS' });
    now += 5_000;
    expect(await resolveIntent(at, as('plain'), given)).toMatchObject({ code: 'ERR_PERMISSION_MISSING' });
    expect(unwrap(await resolveIntent(at, operator, given))).toEqual({ id: 'r9' });
    const { entries, intents } = unwrap(await listOwnership(at, operator, { ...routed, oid }));
    expect(entries.map(({ id, lockedBy }) => [id, lockedBy])).toEqual([
      ['r1', party.identity],
      ['r9', party.identity],
    ]);
    expect(intents).toEqual([]);
  });
});
