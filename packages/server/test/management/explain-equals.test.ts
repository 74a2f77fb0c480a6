import { createServer } from 'node:http';
import type { Ownership } from '@flairgate/core/resources';
import express from 'express';
import fc from 'fast-check';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NewKey, newKey, newOrganization, type ServiceFixture, startServiceFixture } from '../support.js';

const FLAIRS = [
  '',
  '[segment]',
  '[lock]',
  '[secret]',
  '[root]',
  '[segment][root]',
  '[segment][secret]',
  '[lock][root]',
];
const SEED = 20_261_130;
const INLINE_RULES = 1000;
const GUARDED_RULES = 60;

interface Caller extends NewKey {
  readonly identity: string;
  readonly secretId: string;
}

interface Decided {
  readonly id: string;
  readonly know: boolean;
  readonly read: boolean;
  readonly update: boolean;
}

describe('what explanations say, against real requests with the key', () => {
  let bench: ServiceFixture;
  let oid: string;
  let auditor: NewKey;
  let ended: readonly Caller[];
  const callers: Caller[] = [];
  let rules: readonly Ownership[];

  beforeAll(async () => {
    bench = await startServiceFixture();
    oid = await newOrganization(bench);
    auditor = await newKey(bench, oid, { name: 'auditor', permissions: ['audit.get'] });
    for (const flairs of FLAIRS) callers.push(await newCaller(`caller${flairs}`));
    const one = fc.constantFrom(null, ...callers);
    const ownership = fc.record({ createdBy: one, lockedBy: one, secretTo: one }).map((by) => ({
      createdBy: by.createdBy?.identity ?? null,
      lockedBy: by.lockedBy?.identity ?? null,
      secretTo: by.secretTo?.secretId ?? null,
    }));
    rules = fc.sample(ownership, { seed: SEED, numRuns: INLINE_RULES });
    ended = [await newCaller('disabled'), await newCaller('expired')];
    const [disabled, expired] = ended;
    await bench.administration.store.write(async (tx) => {
      await tx.update('key', { keyId: disabled?.keyId ?? '' }, { disabledAt: 1 });
      await tx.update('key', { keyId: expired?.keyId ?? '' }, { expiresAt: 1 });
    });
  });
  afterAll(() => bench.close());

  async function newCaller(name: string): Promise<Caller> {
    const key = await newKey(bench, oid, { name, permissions: ['dr.list', 'dr.set'] });
    const identity = await bench.administration.store.read(async (tx) => {
      const row = await tx.get('key', { keyId: key.keyId });
      return tx.get('identity', { id: row?.identity ?? '' });
    });
    if (identity === undefined) throw new Error('no identity');
    return { ...key, identity: identity.id, secretId: identity.secretId };
  }

  /** Returns what the explanations say of all resources of a type, in pages. */
  async function explained({ keyId }: Caller, type: string): Promise<readonly Decided[]> {
    const said: Decided[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await bench.http
        .post(`/v1/orgs/${oid}/explain/resources`)
        .set('x-api-key', auditor.text)
        .send({ key_hash: keyId, type, limit: 700, ...(cursor && { cursor }) })
        .expect(200);
      for (const { id, decisions } of body.resources) {
        const may = Object.fromEntries(
          decisions.map(({ action, allowed }: { action: string; allowed: boolean }) => [action, allowed]),
        );
        expect(may.delete).toBe(may.update);
        said.push({ id, know: may.know, read: may.read, update: may.update });
      }
      cursor = body.next_cursor;
    } while (cursor !== undefined);
    return said;
  }

  const listen = (app: express.Express) => supertest(createServer(app).listen(0, '127.0.0.1'));

  it('of 1,000 random rules in a table of its own, each key gets what the explanations say', async () => {
    const rows = rules.map((owned, n) => ({ id: `r${String(n).padStart(4, '0')}`, oid, data: 'content', ...owned }));
    bench.service.registerOwnership(
      async () => undefined,
      async (at, type, { after, limit }) =>
        rows
          .filter(({ id }) => at === oid && type === 'row' && id > after)
          .slice(0, limit)
          .map(({ id, createdBy, lockedBy, secretTo }) => ({ id, ownership: { createdBy, lockedBy, secretTo } })),
    );
    const { gate } = bench.service;
    const columns = { createdBy: 'createdBy', lockedBy: 'lockedBy', secretTo: 'secretTo' };
    const resources = gate.resources({ type: 'row', columns, content: ['data'] });
    const app = express();
    app.use(gate.authenticate());
    app.get('/rows', gate.requirePermissions('dr.list'), (req, res) => {
      res.json(resources.view(gate.authOf(req), rows));
    });
    app.get('/rows/changeable', gate.requirePermissions('dr.set'), (req, res) => {
      const caller = gate.authOf(req);
      res.json(rows.filter((row) => resources.check(caller, row, 'update').allowed).map(({ id }) => id));
    });
    app.use(gate.errorHandler());
    const http = listen(app);
    let refused = 0;
    for (const caller of callers) {
      const seen = (await http.get('/rows').set('x-api-key', caller.text).expect(200)).body;
      const content = new Map<string, string | null>(
        seen.map(({ id, data }: { id: string; data: string | null }) => [id, data]),
      );
      const changeable = new Set((await http.get('/rows/changeable').set('x-api-key', caller.text).expect(200)).body);
      const got = rows.map(({ id }) => ({
        id,
        know: content.has(id),
        read: content.get(id) === 'content',
        update: changeable.has(id),
      }));
      const said = await explained(caller, 'row');
      expect(said).toEqual(got);
      refused += said.filter(({ read, update }) => !read || !update).length;
    }
    expect(refused).toBeGreaterThan(INLINE_RULES * callers.length * 0.3);
    for (const caller of ended) {
      expect((await http.get('/rows').set('x-api-key', caller.text)).status).toBe(401);
      expect((await explained(caller, 'row')).filter(({ know, read, update }) => know || read || update)).toEqual([]);
    }
  });

  it('of random rules behind a guard, each key gets what the explanations say', async () => {
    const owned = rules.slice(0, GUARDED_RULES);
    const idOf = (n: number) => `g${String(n).padStart(3, '0')}`;
    const ids = new Set(owned.map((_, n) => idOf(n)));
    await bench.administration.store.write(async (tx) => {
      const secrets = owned.filter(({ secretTo }) => secretTo !== null).length;
      const state = { oid, type: 'guarded', revision: 1, secrets, intents: 0, secretEnded: 0, adoptedBy: null };
      await tx.insert('ownershipType', state);
      for (const [n, ownership] of owned.entries()) {
        await tx.insert('ownership', {
          oid,
          type: 'guarded',
          id: idOf(n),
          organization: oid,
          generation: 1,
          ...ownership,
        });
      }
    });
    const { gate } = bench.service;
    const router = express.Router();
    router.get('/:id', (req, res) => void res.json({ id: req.params.id, data: 'content' }));
    router.delete('/:id', (_req, res) => void res.status(409).json({}));
    const app = express();
    app.use(gate.authenticate());
    const guard = gate.guard({
      type: 'guarded',
      tenancy: 'routed',
      organization: () => oid,
      id: { format: 'token' },
      content: ['data'],
      routes: { 'GET /:id': 'read', 'DELETE /:id': 'delete' },
      load: (_req, id) => (ids.has(id) ? id : undefined),
    });
    app.use('/guarded', guard, router);
    app.use(gate.errorHandler());
    const http = listen(app);
    for (const [n, caller] of callers.entries()) {
      const mine = [...ids].filter((_, at) => at % callers.length === n);
      const said = new Map((await explained(caller, 'guarded')).map((one) => [one.id, one]));
      expect([...said.keys()]).toEqual([...ids]);
      for (const id of mine) {
        const { status, body } = await http.get(`/guarded/${id}`).set('x-api-key', caller.text);
        // The router refuses every delete with 409, so that nothing changes; the guard refuses before the router runs.
        const deleted = await http.delete(`/guarded/${id}`).set('x-api-key', caller.text);
        const got = {
          id,
          know: status === 200,
          read: status === 200 && body.data === 'content',
          update: deleted.status === 409,
        };
        expect(got).toEqual(said.get(id));
      }
    }
  });
});
