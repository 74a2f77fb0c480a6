import { createCatalogue, memoryStore, OptionError } from '@flairgate/core';
import { createGate, type Gate } from '@flairgate/express';
import { testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';

const invoices = createCatalogue(['invoice.list', 'invoice.pay', { name: 'key.ctrl', privileged: true }]);
const others = createCatalogue(['bill.list']);

const gates: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.close();
});

function open(options: Parameters<typeof createGate>[0]): Gate {
  const gate = createGate(options);
  gates.push(gate);
  return gate;
}

function appOf(gate: Gate, ...names: string[]) {
  const app = express();
  app.use(gate.authenticate());
  app.get('/', gate.requirePermissions(...names), (req, res) => void res.json(gate.authOf(req).organizations));
  app.use(gate.errorHandler());
  return app;
}

describe('a gate with its own catalogue', () => {
  it('a gate with its own catalogue lets keys with its permissions in, reads a colon as a dot, and expands families', async () => {
    const kit = await testGate({ catalogue: invoices });
    gates.push(kit);
    const key = await kit.key({ permissions: ['invoice:list'] });
    const family = await kit.key({ permissions: ['invoice:*'] });
    const app = appOf(kit.gate, 'invoice:list');
    await request(app).get('/').set('x-api-key', key.text).expect(200);
    await request(app).get('/').set('x-api-key', family.text).expect(200);
    const refused = await request(appOf(kit.gate, 'invoice.pay')).get('/').set('x-api-key', key.text).expect(401);
    expect(refused.body.missing).toEqual(['invoice.pay']);
    expect(refused.headers['www-authenticate']).toContain('scope="invoice.pay"');
    await request(appOf(kit.gate, 'key.ctrl')).get('/').set('x-api-key', family.text).expect(401);
  });

  it('a gate with its own catalogue prints colons in scope with scopeSeparator, and dots in the body', async () => {
    const kit = await testGate({ catalogue: invoices, scopeSeparator: ':' });
    gates.push(kit);
    const key = await kit.key();
    const refused = await request(appOf(kit.gate, 'invoice.pay')).get('/').set('x-api-key', key.text).expect(401);
    expect(refused.body.missing).toEqual(['invoice.pay']);
    expect(refused.headers['www-authenticate']).toContain('scope="invoice:pay"');
  });

  it('a gate with its own catalogue stores it at the first request, and a later gate without the option uses it', async () => {
    const store = await memoryStore();
    const gate = open({ store, catalogue: invoices });
    await request(appOf(gate, 'invoice.list')).get('/').set('x-api-key', 'no key').expect(401);
    const kept = await store.read((tx) => tx.get('setting', { name: 'catalogue' }));
    expect(kept?.value).toBe(invoices.digest);
    const later = open({ store });
    expect(() => later.requirePermissions('invoice.pay')).not.toThrow();
    expect(() => later.requirePermissions('dr.list')).toThrow(/unknown permission 'dr.list'/);
  });

  it('a gate with its own catalogue is refused at the start if the database keeps another one, and names the difference', async () => {
    const store = await memoryStore();
    const gate = open({ store, catalogue: invoices });
    await request(appOf(gate, 'invoice.list')).get('/').set('x-api-key', 'no key').expect(401);
    expect(() => createGate({ store, catalogue: others })).toThrow(OptionError);
    expect(() => createGate({ store, catalogue: others })).toThrow(
      /only given: bill\.list; only stored: invoice\.list/,
    );
    const unmarked = createCatalogue(invoices.entries.map(({ name }) => name));
    expect(() => createGate({ store, catalogue: unmarked })).toThrow(/key\.ctrl must be privileged/);
  });

  it('a gate with its own catalogue lets no caller in if another process has stored another catalogue since', async () => {
    const kit = await testGate({ catalogue: invoices });
    gates.push(kit);
    const { keptCatalogue: _, ...unread } = kit.store;
    const late = open({ store: { ...unread, keptCatalogue: { entries: undefined } }, catalogue: others });
    await request(appOf(kit.gate, 'invoice.list')).get('/').set('x-api-key', 'no key').expect(401);
    const key = await kit.key({ permissions: ['invoice.list'] });
    await request(appOf(late, 'bill.list')).get('/').set('x-api-key', key.text).expect(500);
  });
});
