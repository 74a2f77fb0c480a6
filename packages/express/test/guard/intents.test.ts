import { memoryStore, UnavailableError } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GuardedApp, guardedApp, ruleRouter, versions } from './guarded-app.js';

let app: GuardedApp;
/** Time of day in the tests that set it. */
let now: number;
const clock = { wall: () => now, monotonic: () => performance.now() };
beforeEach(() => {
  now = Date.now();
});
afterEach(() => app.close());

/** The real store, which can be cut off from writing. */
async function breakable(): Promise<{ store: Store; broken: { now: boolean } }> {
  const store = await memoryStore();
  const broken = { now: false };
  const write: Store['write'] = (work) =>
    broken.now ? Promise.reject(new UnavailableError('store', new Error('cut off'))) : store.write(work);
  return { broken, store: { ...store, write } };
}

it('the guard answers success when the store is lost after the router has written, and leaves nothing open', async () => {
  const { store, broken } = await breakable();
  const express = versions['Express 5'];
  app = await guardedApp({
    gate: { store, clock },
    guard: { leaseMs: 100 },
    router: (rules) => {
      const real = ruleRouter(express, rules);
      return (req, res, next) => {
        if (req.headers['x-cut'] !== undefined) broken.now = true;
        real(req, res, next);
      };
    },
  });
  const secret = await app.kit.key({ name: 'vendor[secret][lock]' });
  const plain = await app.kit.key();
  const cut = { 'x-cut': '1' };
  expect((await app.ask(secret, 'PUT', '/rules/r1', { name: 'n', data: 'ip' }, cut)).json.data).toBe('ip');
  expect((await app.ask(plain, 'GET', '/rules/r1')).json.data).toBeNull();
  expect((await app.ask(plain, 'PATCH', '/rules/r1', { name: 'x' })).status).toBe(503);
  broken.now = false;
  now += 150;
  expect((await app.ask(plain, 'GET', '/rules/r1')).json.data).toBeNull();
  expect((await app.ask(plain, 'PATCH', '/rules/r1', { name: 'x' })).status).toBe(403);
  expect((await app.ask(plain, 'GET', '/rules/r1')).json.data).toBeNull();
  expect(await store.read((tx) => tx.find('intent', {}))).toEqual([]);
  expect((await app.ask(secret, 'GET', '/rules/r1')).json.data).toBe('ip');
});

it('the guard lets the router write nothing if the intent cannot be stored first', async () => {
  const { store, broken } = await breakable();
  app = await guardedApp({ gate: { store } });
  const secret = await app.kit.key({ name: 'vendor[secret]' });
  await app.ask(secret, 'GET', '/rules');
  broken.now = true;
  for (const [method, path] of [
    ['PUT', '/rules/r1'],
    ['POST', '/rules'],
  ] as const) {
    expect((await app.ask(secret, method, path, { name: 'n', data: 'ip' })).status).toBe(503);
  }
  expect(app.rules.size).toBe(0);
  broken.now = false;
});

it('the guard treats resources without an owner as secret while the result of a failed create is unknown', async () => {
  app = await guardedApp({
    rules: new Map([['old', { id: 'old', name: 'n', data: 'legacy' }]]),
    router: (rules) => {
      const real = ruleRouter(versions['Express 5'], rules);
      return (req, res, next) => {
        if (req.method !== 'POST') return real(req, res, next);
        rules.set('made', { id: 'made', name: 'n', data: 'ip' });
        return void res.status(500).json({ error: 'after the row was written' });
      };
    },
  });
  const secret = await app.kit.key({ name: 'vendor[secret]' });
  const plain = await app.kit.key();
  expect((await app.ask(plain, 'GET', '/rules/old')).json.data).toBe('legacy');
  expect((await app.ask(secret, 'POST', '/rules', { name: 'n', data: 'ip' })).status).toBe(500);
  for (const id of ['made', 'old']) expect((await app.ask(plain, 'GET', `/rules/${id}`)).json.data).toBeNull();
  expect((await app.ask(secret, 'GET', '/rules/made')).json.data).toBe('ip');
});

it('the guard keeps what a caller that went away had made, and its lease while the router works', async () => {
  const store = await memoryStore();
  const held: (() => void)[] = [];
  app = await guardedApp({
    gate: { store, clock },
    guard: { leaseMs: 90, writeWaitMs: 60_000 },
    router: (rules) => {
      const real = ruleRouter(versions['Express 5'], rules);
      return (req, res, next) => {
        if (req.headers['x-slow'] === undefined) real(req, res, next);
        else held.push(() => real(req, res, next));
      };
    },
  });
  const secret = await app.kit.key({ name: 'vendor[secret][lock]' });
  const plain = await app.kit.key();
  const slow = { 'x-slow': '1' };
  const away = new AbortController();
  const { url } = app.served;
  const headers = { 'x-api-key': secret.text, 'content-type': 'application/json', ...slow };
  const body = JSON.stringify({ name: 'n', data: 'ip' });
  const asked = fetch(`${url}/rules/r2`, { method: 'PUT', headers, body });
  const gone = fetch(`${url}/rules/r1`, { method: 'PUT', headers, body, signal: away.signal }).catch(() => undefined);
  await expect.poll(() => held.length, { timeout: 30_000 }).toBe(2);
  away.abort();
  await gone;
  const later = app.ask(plain, 'PATCH', '/rules/r2', { name: 'x' });
  // The write takes longer than the lease, which is renewed while the router works.
  for (let step = 0; step < 4; step += 1) {
    now += 60;
    const ends = async () => (await store.read((tx) => tx.find('intent', { id: 'r2' }))).map(({ endsAt }) => endsAt);
    await expect.poll(ends, { timeout: 30_000 }).toEqual([now + 90]);
  }
  for (const goOn of held) goOn();
  expect((await asked).status).toBe(200);
  expect((await later).status).toBe(403);
  now += 600;
  if (app.rules.has('r1')) expect((await app.ask(plain, 'GET', '/rules/r1')).json.data).toBeNull();
  expect((await app.ask(plain, 'GET', '/rules/r2')).json.data).toBeNull();
});

it.each([
  ['a router that fails', 500, 0],
  ['a router that fails with a redirection', 302, 0],
  ['a process that dies', 500, 150],
] as const)('an update with an unknown result takes the lock, behind %s', async (_what, status, wait) => {
  const store = await memoryStore();
  const dying = { now: false };
  app = await guardedApp({
    gate: {
      // A process that has died writes no result, and renews no lease.
      store: { ...store, write: (work) => (dying.now ? Promise.reject(new Error('dead')) : store.write(work)) },
    },
    guard: { leaseMs: 100 },
    rules: new Map([['old', { id: 'old', name: 'n', data: 1 }]]),
    router: (rules) => {
      const real = ruleRouter(versions['Express 5'], rules);
      return (req, res, next) => {
        if (req.headers['x-fail'] === undefined) return real(req, res, next);
        rules.set('old', { id: 'old', name: 'written', data: 1 });
        dying.now = wait > 0;
        return void res.status(status).end();
      };
    },
  });
  const lock = await app.kit.key({ name: 'holder[lock]' });
  const plain = await app.kit.key();
  await app.ask(lock, 'PATCH', '/rules/old', { name: 'written' }, { 'x-fail': '1' }).catch(() => undefined);
  dying.now = false;
  await new Promise((done) => setTimeout(done, wait));
  const refused = await app.ask(plain, 'PATCH', '/rules/old', { name: 'x' });
  expect([refused.status, refused.json.code]).toEqual([403, 'ERR_RESOURCE_LOCKED']);
  expect((await app.ask(lock, 'PATCH', '/rules/old', { name: 'y' })).status).toBe(200);
  expect(await store.read((tx) => tx.find('intent', {}))).toEqual([]);
});

it('an update with an unknown result leaves no ownership if the resource is gone', async () => {
  app = await guardedApp({
    router: (rules) => {
      const real = ruleRouter(versions['Express 5'], rules);
      return (req, res, next) => {
        if (req.headers['x-fail'] === undefined) return real(req, res, next);
        rules.delete('r1');
        return void res.status(500).end();
      };
    },
  });
  const lock = await app.kit.key({ name: 'holder[lock]' });
  expect((await app.ask(lock, 'PUT', '/rules/r1', { name: 'n', data: 1 })).status).toBe(200);
  expect((await app.ask(lock, 'PATCH', '/rules/r1', { name: 'x' }, { 'x-fail': '1' })).status).toBe(500);
  expect(await app.kit.store.read((tx) => tx.find('ownership', {}))).toEqual([]);
});
