import type { Ownership } from '@flairgate/core/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectDenied,
  expectShape,
  type NewKey,
  newKey,
  newOrganization,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

interface Seen {
  readonly id: string;
  readonly decisions: readonly object[];
}

describe('explanations of all resources of a type, over HTTP', () => {
  let bench: ServiceFixture;
  let oid: string;
  let other: string;
  const keys: Record<'auditor' | 'plain' | 'part' | 'locker', NewKey> = {} as never;
  const identities: Record<keyof typeof keys, string> = {} as never;
  const own = new Map<string, Ownership>();

  const post = (key: NewKey, path: string, body: object) =>
    bench.http.post(`/v1/orgs/${oid}/explain${path}`).set('x-api-key', key.text).send(body);

  beforeAll(async () => {
    bench = await startServiceFixture();
    oid = await newOrganization(bench);
    other = await newOrganization(bench, 'other');
    for (const [name, flair] of [
      ['auditor', ''],
      ['plain', ''],
      ['part', '[segment]'],
      ['locker', '[lock]'],
    ] as const) {
      keys[name] = await newKey(bench, oid, { name: `${name}${flair}`, permissions: ['audit.get'] });
      const row = await bench.administration.store.read((tx) => tx.get('key', { keyId: keys[name].keyId }));
      identities[name] = row?.identity ?? '';
    }
    const { part, locker } = identities;
    await bench.administration.store.write(async (tx) => {
      const row = { type: 'rule', secretTo: null, generation: 1 };
      for (const [place, id, organization, createdBy, lockedBy] of [
        [oid, 'a', oid, part, null],
        [oid, 'b', oid, locker, locker],
        [oid, 'c', oid, null, null],
        ['*', 'd', oid, part, locker],
        ['*', 'e', other, part, null],
        [other, 'f', other, null, null],
      ] as const) {
        await tx.insert('ownership', { ...row, oid: place, id, organization, createdBy, lockedBy });
      }
    });
    own.set('x', { createdBy: part, lockedBy: null, secretTo: null });
    own.set('y', { createdBy: locker, lockedBy: null, secretTo: 'another' });
    bench.service.registerOwnership(
      async (at, type, id) => (at === oid && type === 'rule' ? own.get(id) : undefined),
      async (at, type, { after, limit, createdBy }) =>
        [...own]
          .filter(([id, { createdBy: by }]) => id > after && (createdBy === undefined || by === createdBy))
          .filter(() => at === oid && type === 'rule')
          .map(([id, ownership]) => ({ id, ownership }))
          .slice(0, limit),
    );
  });
  afterAll(() => bench.close());

  async function all(key: NewKey, body: object, limit: number): Promise<readonly Seen[]> {
    const seen: Seen[] = [];
    let cursor: string | undefined;
    do {
      const { body: page } = await post(key, '/resources', { ...body, limit, ...(cursor && { cursor }) }).expect(200);
      expectShape(bench, 'POST', '/v1/orgs/:oid/explain/resources', page);
      seen.push(...page.resources);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    return seen;
  }

  it('all resources of a type are explained as each alone, in pages of any size', async () => {
    for (const limit of [1, 2, 3, 100]) {
      const seen = await all(keys.auditor, { key_hash: keys.part.keyId, type: 'rule' }, limit);
      expect(seen.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'x', 'y']);
      for (const { id, decisions } of seen) {
        const alone = await post(keys.auditor, '', { key_hash: keys.part.keyId, type: 'rule', id }).expect(200);
        expect(alone.body.decisions).toEqual(decisions);
      }
    }
  });

  it('a list of explanations names holders, and is one entry of the audit', async () => {
    const { body } = await post(keys.auditor, '/resources', { key_hash: keys.plain.keyId, type: 'rule' }).expect(200);
    expect(body.key).toMatchObject({ ident: 'plain', state: 'active' });
    const [, locked] = body.resources;
    expect(locked).toMatchObject({ id: 'b', lockedBy: { identity: identities.locker, name: 'locker[lock]' } });
    expect(locked.decisions[2]).toMatchObject({ action: 'update', allowed: false, rule: 'locked' });
    expect(body.resources.at(-1).decisions[1]).toMatchObject({ action: 'read', allowed: false, rule: 'withheld' });
    const audit = await bench.http.get(`/v1/orgs/${oid}/audit?limit=1`).set('x-api-key', keys.auditor.text).expect(200);
    expect(audit.body.events[0]).toMatchObject({
      action: 'access.explain',
      target: keys.plain.keyId,
      details: { type: 'rule' },
      names: { [keys.plain.keyId]: 'plain' },
    });
  });

  it('to a segmented caller, the list has what it created, and no further page', async () => {
    const { body } = await post(keys.part, '/resources', {
      key_hash: keys.part.keyId,
      type: 'rule',
      limit: 3,
    }).expect(200);
    expect(body.resources.map(({ id }: Seen) => id)).toEqual(['a', 'd', 'x']);
    expect(body.next_cursor).toBeUndefined();
    expectDenied(
      await post(keys.part, '/resources', { key_hash: keys.plain.keyId, type: 'rule' }),
      404,
      'ERR_NOT_FOUND',
    );
  });

  it('a list of explanations needs a type and one subject, and its cursor serves no other key', async () => {
    const { body } = await post(keys.auditor, '/resources', {
      key_hash: keys.plain.keyId,
      type: 'rule',
      limit: 1,
    }).expect(200);
    for (const wrong of [
      { key_hash: keys.plain.keyId },
      { type: 'rule' },
      { key_hash: keys.part.keyId, type: 'rule', cursor: body.next_cursor },
      { key_hash: keys.plain.keyId, type: 'other', cursor: body.next_cursor },
      { key_hash: keys.plain.keyId, type: 'rule', limit: 0 },
    ]) {
      expectDenied(await post(keys.auditor, '/resources', wrong), 400, 'ERR_VALIDATION');
    }
    const none = await post(keys.auditor, '/resources', { key_hash: keys.plain.keyId, type: 'nothing' }).expect(200);
    expect(none.body.resources).toEqual([]);
  });
});
