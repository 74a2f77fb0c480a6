import { createServer } from 'node:http';
import { createApiUser, createKey, createUser, joinUser, replaceApiUserKey } from '@flairgate/core/administration';
import type { Ownership } from '@flairgate/core/resources';
import express from 'express';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  done,
  expectDenied,
  expectShape,
  newKey,
  newOrganization,
  operator,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

const FLAIRS = [
  '',
  '[segment]',
  '[lock]',
  '[secret]',
  '[root]',
  '[segment][root]',
  '[segment][secret]',
  '[lock][secret]',
];

/** A reproducible source of numbers below `below`. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Caller {
  readonly keyId: string;
  readonly text: string;
  readonly identity: string;
  readonly secretId: string;
}

describe('explanations over HTTP', () => {
  let bench: ServiceFixture;
  let oid: string;
  let auditor: string;
  const rows = new Map<string, Ownership>();
  const callers: Caller[] = [];

  const explain = (key: string, body: object) =>
    bench.http.post(`/v1/orgs/${oid}/explain`).set('x-api-key', key).send(body);

  beforeAll(async () => {
    bench = await startServiceFixture();
    oid = await newOrganization(bench);
    auditor = (await newKey(bench, oid, { name: 'auditor', permissions: ['audit.get'] })).text;
    for (const flairs of FLAIRS) callers.push(await newCaller(`caller${flairs}`, ['dr.list', 'dr.set']));
    bench.service.registerOwnership(async (at, type, id) => (at === oid && type === 'row' ? rows.get(id) : undefined));
  });
  afterAll(() => bench.close());

  async function newCaller(name: string, permissions: readonly string[]): Promise<Caller> {
    const { text, keyId } = await newKey(bench, oid, { name, permissions });
    const { store } = bench.administration;
    const identity = await store.read(async (tx) => {
      const key = await tx.get('key', { keyId });
      return tx.get('identity', { id: key?.identity ?? '' });
    });
    if (identity === undefined) throw new Error('no identity');
    return { text, keyId, identity: identity.id, secretId: identity.secretId };
  }

  /** Serves the rows as a service with rules of its own does. */
  function serveRows() {
    const { gate } = bench.service;
    const rules = gate.resources({
      type: 'row',
      columns: { createdBy: 'createdBy', lockedBy: 'lockedBy', secretTo: 'secretTo' },
      content: ['data'],
    });
    const app = express();
    app.use(gate.authenticate());
    const rowOf = (id: string) => {
      const owned = rows.get(id);
      return owned && { id, oid, data: 'content', ...owned };
    };
    app.get('/rows/:id', gate.requirePermissions('dr.list'), (req, res) => {
      const row = rowOf(req.params.id ?? '');
      const [seen] = rules.view(gate.authOf(req), row === undefined ? [] : [row]);
      if (seen === undefined) res.sendStatus(404);
      else res.json(seen);
    });
    app.put('/rows/:id', gate.requirePermissions('dr.set'), (req, res) => {
      const caller = gate.authOf(req);
      const row = rowOf(req.params.id ?? '');
      res.sendStatus(rules.check(caller, row, 'update').allowed ? 200 : 403);
    });
    return supertest(createServer(app).listen(0, '127.0.0.1'));
  }

  it('what an explanation says of random rules is what the key gets', { timeout: 60_000 }, async () => {
    const rules = process.env.FULL_RUNS === undefined ? 200 : 1000;
    const random = createRandom(20_261_130);
    const pick = <T>(of: readonly T[]): T => of[random(of.length)] as T;
    const http = serveRows();
    let refused = 0;
    for (let n = 0; n < rules; n++) {
      const id = `r${n}`;
      const someone = () => pick([null, null, ...callers]);
      rows.set(id, {
        createdBy: someone()?.identity ?? null,
        lockedBy: someone()?.identity ?? null,
        secretTo: someone()?.secretId ?? null,
      });
      const caller = pick(callers);
      const byId = n % 2 === 0;
      const resource = byId ? { type: 'row', id } : { ownership: rows.get(id) };
      const said = await explain(auditor, { key_hash: caller.keyId, ...resource });
      expect(said.status).toBe(200);
      const may = Object.fromEntries(
        said.body.decisions.map(({ action, allowed }: { action: string; allowed: boolean }) => [action, allowed]),
      );
      const read = await http.get(`/rows/${id}`).set('x-api-key', caller.text);
      const written = await http.put(`/rows/${id}`).set('x-api-key', caller.text);
      expect({
        id,
        know: read.status === 200,
        read: read.status === 200 && read.body.data === 'content',
        update: written.status === 200,
      }).toEqual({ id, know: may.know, read: may.read, update: may.update });
      expect(may.delete).toBe(may.update);
      if (!may.read || !may.update) refused += 1;
    }
    expect(refused).toBeGreaterThan(rules * 0.3);
  });

  it('an explanation names key, holder and reason, has the shape of the contract, and is audited', async () => {
    const [plain, , locker] = callers;
    rows.set('named', { createdBy: locker?.identity ?? '', lockedBy: locker?.identity ?? '', secretTo: null });
    const { body } = await explain(auditor, { key_hash: plain?.keyId, type: 'row', id: 'named' }).expect(200);
    expectShape(bench, 'POST', '/v1/orgs/:oid/explain', body);
    expect(body.key).toMatchObject({
      ident: 'caller',
      state: 'active',
      flairs: [],
      permissions: ['dr.list', 'dr.set'],
    });
    expect(body.resource.lockedBy).toEqual({ identity: locker?.identity, name: 'caller[lock]' });
    expect(body.decisions[2]).toMatchObject({
      action: 'update',
      allowed: false,
      rule: 'locked',
      holder: locker?.identity,
    });
    const audit = await bench.http.get(`/v1/orgs/${oid}/audit?limit=1`).set('x-api-key', auditor).expect(200);
    expect(audit.body.events[0]).toMatchObject({
      ident: 'auditor',
      action: 'access.explain',
      target: plain?.keyId,
      details: { type: 'row', id: 'named' },
    });
  });

  it('an explanation knows a revoked key at once, without a cache', async () => {
    const victim = await newCaller('victim', ['dr.list']);
    const ownership = { createdBy: null, lockedBy: null, secretTo: null };
    const before = await explain(auditor, { key_hash: victim.keyId, ownership }).expect(200);
    expect(before.body.decisions[0].allowed).toBe(true);
    await bench.administration.store.write((tx) => tx.update('key', { keyId: victim.keyId }, { disabledAt: 1 }));
    const after = await explain(auditor, { key_hash: victim.keyId, ownership }).expect(200);
    expect(after.body.key.state).toBe('disabled');
    expect(new Set(after.body.decisions.map(({ rule }: { rule: string }) => rule))).toEqual(new Set(['ended']));
  });

  it('an explanation of an API user is that of their key, and says if there is none', async () => {
    const { uid } = await done(createApiUser(bench.administration, operator, { oid, name: 'robot' }));
    const without = await explain(auditor, { uid, ownership: {} }).expect(200);
    expect(without.body.key).toMatchObject({ uid, key_hash: null, ident: 'robot', state: 'without-key' });
    await done(replaceApiUserKey(bench.administration, operator, { oid, uid, name: 'robot[segment]' }));
    const { body } = await explain(auditor, { uid, ownership: {} }).expect(200);
    expect(body.key).toMatchObject({ uid, state: 'active', flairs: ['segment'] });
    expect(body.decisions[0]).toMatchObject({ allowed: false, rule: 'hidden' });
  });

  it('to a segmented caller of an explanation, what it may not know is missing', async () => {
    const segmented = await newCaller('part[segment]', ['audit.get']);
    const [plain] = callers;
    rows.set('mine', { createdBy: segmented.identity, lockedBy: null, secretTo: null });
    rows.set('other', { createdBy: plain?.identity ?? '', lockedBy: null, secretTo: null });
    await explain(segmented.text, { key_hash: segmented.keyId, type: 'row', id: 'mine' }).expect(200);
    const refusals = [
      await explain(segmented.text, { key_hash: segmented.keyId, type: 'row', id: 'other' }),
      await explain(segmented.text, { key_hash: segmented.keyId, type: 'row', id: 'nowhere' }),
      await explain(segmented.text, { key_hash: plain?.keyId, type: 'row', id: 'mine' }),
      await explain(segmented.text, { key_hash: 'nowhere', type: 'row', id: 'mine' }),
    ];
    for (const refusal of refusals) expectDenied(refusal, 404, 'ERR_NOT_FOUND');
    expect(refusals[0]?.text).toBe(refusals[1]?.text);
    expect(refusals[2]?.text).toBe(refusals[3]?.text);
  });

  it('an explanation crosses no organization, needs audit.get, and refuses bad input', async () => {
    const elsewhere = await newOrganization(bench, 'elsewhere');
    const foreign = await newKey(bench, elsewhere, { name: 'foreign', permissions: ['audit.get'] });
    const [plain] = callers;
    expectDenied(await explain(auditor, { key_hash: foreign.keyId, ownership: {} }), 404, 'ERR_NOT_FOUND');
    expectDenied(
      await explain(foreign.text, { key_hash: foreign.keyId, ownership: {} }),
      401,
      'ERR_PERMISSION_MISSING',
    );
    expectDenied(
      await explain(plain?.text ?? '', { key_hash: plain?.keyId, ownership: {} }),
      401,
      'ERR_PERMISSION_MISSING',
    );
    expectDenied(await explain(auditor, { key_hash: plain?.keyId, type: 'row', id: 'nowhere' }), 404, 'ERR_NOT_FOUND');
    for (const body of [
      { ownership: {} },
      { key_hash: 'a', uid: '5f0c1b1e-7d52-4c58-9d0a-2f9e5b1c8a11', ownership: {} },
      { key_hash: 'a' },
      { key_hash: 'a', type: 'row' },
      { key_hash: 'a', type: 'row', id: 'r', ownership: {} },
      { key_hash: 'a', ownership: { owner: 'x' } },
      { key_hash: 'a', ownership: 'mine' },
    ]) {
      expectDenied(await explain(auditor, body), 400, 'ERR_VALIDATION');
    }
  });

  it("an explanation of a key in a user's own name is for that user alone", async () => {
    const { uid } = await done(createUser(bench.administration, operator, { email: 'bob@acme.example' }));
    await done(joinUser(bench.administration, operator, { uid, oid, permissions: ['audit.get'] }));
    const own = await done(createKey(bench.administration, operator, { owner: { kind: 'user', uid }, name: 'laptop' }));
    expectDenied(await explain(auditor, { key_hash: own.keyId, ownership: {} }), 404, 'ERR_NOT_FOUND');
    const { body } = await explain(own.text, { key_hash: own.keyId, ownership: {} }).expect(200);
    expect(body.key).toMatchObject({ uid, ident: 'laptop@bob@acme.example' });
    const next = await done(createKey(bench.administration, operator, { owner: { kind: 'user', uid }, name: 'next' }));
    await explain(own.text, { key_hash: next.keyId, ownership: {} }).expect(200);
    // As in the list of the user's keys, a token without all rights of the user does not see the others.
    const exchanged = await bench.http
      .post('/jwt')
      .type('form')
      .send({ uid, oid, secret: own.text, perms: 'audit.get' });
    for (const [keyId, status] of [
      [own.keyId, 200],
      [next.keyId, 404],
    ] as const) {
      await bench.http
        .post(`/v1/orgs/${oid}/explain`)
        .set('Authorization', `Bearer ${exchanged.body.jwt}`)
        .send({ key_hash: keyId, ownership: {} })
        .expect(status);
    }
  });

  it('an explanation tells the address of a member only to the member and to who may see members', async () => {
    const { uid } = await done(createUser(bench.administration, operator, { email: 'cid@acme.example' }));
    await done(joinUser(bench.administration, operator, { uid, oid, permissions: ['audit.get'] }));
    const own = await done(createKey(bench.administration, operator, { owner: { kind: 'user', uid }, name: 'desk' }));
    const asked = { uid, ownership: {} };
    expect((await explain(auditor, asked).expect(200)).body.key).toMatchObject({ uid, ident: uid });
    expect((await explain(own.text, asked).expect(200)).body.key.ident).toBe('cid@acme.example');
    const manager = await newCaller('manager', ['audit.get', 'user.ctrl']);
    expect((await explain(manager.text, asked).expect(200)).body.key.ident).toBe('cid@acme.example');
    await done(replaceApiUserKey(bench.administration, operator, { oid, uid, name: 'bot' }));
    for (const path of ['', '/resources']) {
      const body = path === '' ? asked : { uid, type: 'row' };
      const { text } = await bench.http.post(`/v1/orgs/${oid}/explain${path}`).set('x-api-key', auditor).send(body);
      expect(text).toContain(uid);
      expect(text).not.toContain('cid@acme.example');
    }
  });

  it('an explanation names no holders of an ownership that the caller gives', async () => {
    const segmented = await newCaller('share[segment]', ['audit.get']);
    const [plain] = callers;
    const ownership = { createdBy: segmented.identity, lockedBy: plain?.identity ?? '' };
    const { body } = await explain(segmented.text, { key_hash: segmented.keyId, ownership }).expect(200);
    expect(body.resource.lockedBy).toEqual({ identity: plain?.identity, name: null });
  });
});
