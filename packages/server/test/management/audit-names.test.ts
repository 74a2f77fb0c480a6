import { createApiUser, createUser, joinUser, putPolicy, removeUser } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  done,
  type NewKey,
  newKey,
  newOrganization,
  operator,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

interface Named {
  readonly target: string;
  readonly action: string;
  readonly names?: Readonly<Record<string, string>>;
}

describe('names in the audit over HTTP', () => {
  let bench: ServiceFixture;
  let oid: string;
  let keys: Record<'auditor' | 'manager' | 'part', NewKey>;

  beforeAll(async () => {
    bench = await startServiceFixture();
    oid = await newOrganization(bench);
    keys = {
      auditor: await newKey(bench, oid, { name: 'auditor', permissions: ['audit.get'] }),
      manager: await newKey(bench, oid, { name: 'manager', permissions: ['audit.get', 'user.ctrl'] }),
      part: await newKey(bench, oid, { name: 'part[segment]', permissions: ['audit.get', 'user.ctrl', 'apikey.ctrl'] }),
    };
  });
  afterAll(() => bench.close());

  const events = async (key: NewKey): Promise<readonly Named[]> =>
    (await bench.http.get(`/v1/orgs/${oid}/audit`).set('x-api-key', key.text).expect(200)).body.events;
  const namesOf = async (key: NewKey, target: string) =>
    (await events(key)).filter((event) => event.target === target).map(({ names }) => names);

  it('the audit names keys and API users of the organization, revoked keys too', async () => {
    const { keyId } = await newKey(bench, oid, { name: 'gone[lock]', permissions: [] });
    await bench.administration.store.write((tx) => tx.update('key', { keyId }, { revokedAt: 1 }));
    expect(await namesOf(keys.auditor, keyId)).toEqual([{ [keyId]: 'gone[lock]' }]);
    const { uid } = await done(createApiUser(bench.administration, operator, { oid, name: 'robot' }));
    expect(await namesOf(keys.auditor, uid)).toEqual([{ [uid]: 'robot' }]);
  });

  it('the audit shows the address of a member to callers with user.ctrl alone, while the user is in the organization', async () => {
    const { uid } = await done(createUser(bench.administration, operator, { email: 'bob@acme.example' }));
    await done(joinUser(bench.administration, operator, { uid, oid, permissions: ['org.get'] }));
    const [joined] = await namesOf(keys.manager, uid);
    expect(joined).toEqual({ [uid]: 'bob@acme.example' });
    for (const names of await namesOf(keys.auditor, uid)) expect(names).toBeUndefined();
    await done(removeUser(bench.administration, operator, { oid, email: 'bob@acme.example' }));
    for (const names of await namesOf(keys.manager, uid)) expect(names).toBeUndefined();
  });

  it('the audit names no key of another organization', async () => {
    const elsewhere = await newOrganization(bench, 'elsewhere');
    const foreign = await newKey(bench, elsewhere, { name: 'foreign', permissions: [] });
    await bench.administration.store.write((tx) =>
      tx.insert('audit', {
        id: 'ffffffff-ffff-7fff-bfff-fffffffffffe',
        at: Date.now(),
        oid,
        actor: null,
        actorName: 'test',
        action: 'key.create',
        target: foreign.keyId,
        address: null,
        outcome: 'done',
        details: { inner: { id: elsewhere } },
      }),
    );
    expect(await namesOf(keys.auditor, foreign.keyId)).toEqual([undefined]);
  });

  it('the audit looks up no id that a caller wrote into it', async () => {
    const prober = await newKey(bench, oid, { name: 'prober[segment]', permissions: ['audit.get'] });
    const row = await bench.administration.store.read((tx) => tx.get('key', { keyId: keys.auditor.keyId }));
    for (const type of [keys.auditor.keyId, row?.identity]) {
      await bench.http
        .post(`/v1/orgs/${oid}/explain/resources`)
        .set('x-api-key', prober.text)
        .send({ key_hash: prober.keyId, type })
        .expect(200);
    }
    const written = (await events(prober)).map(({ names }) => names);
    expect(written).toEqual([1, 2].map(() => ({ [prober.keyId]: 'prober[segment]' })));
    const target = row?.identity ?? '';
    await done(putPolicy(bench.administration, operator, { oid, name: target, grants: {} }));
    expect(await namesOf(keys.auditor, target)).toEqual([undefined]);
  });

  it('the audit shows a segmented caller the names of what it did', async () => {
    const { body } = await bench.http
      .post(`/v1/orgs/${oid}/keys`)
      .set('x-api-key', keys.part.text)
      .send({ key_name: 'sub[segment]' })
      .expect(200);
    expect((await events(keys.part)).map(({ names }) => names)).toEqual([{ [body.key_hash]: 'sub[segment]' }]);
  });
});

describe('keys without a use, over HTTP', () => {
  it('a list of keys without a use for some days has those never used among them', async () => {
    const bench = await startServiceFixture();
    const oid = await newOrganization(bench);
    const lister = await newKey(bench, oid, { name: 'lister', permissions: ['apikey.ctrl'] });
    const never = await newKey(bench, oid, { name: 'never', permissions: [] });
    const long = await newKey(bench, oid, { name: 'long ago', permissions: [] });
    const used = async (keyId: string, daysAgo: number) =>
      bench.administration.store.write(async (tx) => {
        const [secret] = await tx.find('secret', { keyId });
        if (secret === undefined) throw new Error('no secret');
        await tx.update('secret', { tag: secret.tag }, { lastUsedAt: Date.now() - daysAgo * 86_400_000 });
      });
    await used(long.keyId, 40);
    await used(lister.keyId, 1.5);
    const list = async (query: string) => bench.http.get(`/v1/orgs/${oid}/keys${query}`).set('x-api-key', lister.text);
    const ids = async (query: string) => Object.keys((await list(query)).body.api_keys).sort();
    expect(await ids('?unused_days=30')).toEqual([never.keyId, long.keyId].sort());
    expect(await ids('?unused_days=50')).toEqual([never.keyId]);
    expect(await ids('')).toHaveLength(3);
    for (const days of ['0', '3651', 'x', '1.5']) expect((await list(`?unused_days=${days}`)).status).toBe(400);
    await bench.close();
  });
});
