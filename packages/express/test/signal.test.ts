import { memoryStore, type Principal, UnavailableError } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { type TestGate, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let kit: TestGate;
let now: number;
let down: boolean;

/** A store that can be out of reach. */
function breakable(store: Store): Store {
  const fail = async () => {
    throw new UnavailableError('store', new Error('out of reach'));
  };
  const isRead = (name: string | symbol) => name === 'read' || name === 'changesAfter';
  return new Proxy(store, { get: (target, name) => (down && isRead(name) ? fail : Reflect.get(target, name)) });
}

beforeEach(async () => {
  now = 1_700_000_000_000;
  down = false;
  const clock = { wall: () => now, monotonic: () => now };
  kit = await testGate({ clock, maxCachedPrincipals: 2, store: breakable(await memoryStore()) });
});
afterEach(() => kit.close());

/** The principal of a request with this key. */
async function callerWith(text: string): Promise<Principal> {
  const found: Principal[] = [];
  const app = express();
  app.use(kit.gate.authenticate(), kit.gate.requirePermissions('dr.list'));
  app.use((req, res) => {
    found.push(kit.gate.authOf(req));
    res.json({});
  });
  await request(app).get('/').set('x-api-key', text).expect(200);
  const [caller] = found;
  if (caller === undefined) throw new Error('the request never came');
  return caller;
}

const newKey = () => kit.key({ permissions: ['dr.list'] });

describe('the signal of a principal', () => {
  it('the signal of a principal is never aborted for lack of room, and is once its credential ends', async () => {
    const keys = await Promise.all(Array.from({ length: 12 }, newKey));
    const heard: number[] = [];
    const signals: AbortSignal[] = [];
    for (const [index, { text }] of keys.entries()) {
      const { signal } = await callerWith(text);
      if (index % 2 === 0) signal.addEventListener('abort', () => heard.push(index));
      signals.push(signal);
    }
    expect(signals.filter(({ aborted }) => aborted)).toEqual([]);
    for (const key of keys.slice(0, 4)) await kit.revoke(key);
    expect(signals.map(({ aborted }) => aborted)).toEqual(keys.map((_, index) => index < 4));
    expect(heard).toEqual([0, 2]);
  });

  it('the signal of a principal stays aborted when it was first asked for after the end', async () => {
    const key = await newKey();
    const caller = await callerWith(key.text);
    await kit.revoke(key);
    const { signal } = caller;
    expect([signal.aborted, caller.signal === signal]).toEqual([true, true]);
  });

  it('the signal of a principal is aborted with the fault past the bound, for good, and later requests have another', async () => {
    const { text } = await newKey();
    const rules = kit.gate.resources({ type: 'rule', content: ['data'] });
    const caller = await callerWith(text);
    const { signal } = caller;
    down = true;
    now += 20_000;
    expect([signal.aborted, caller.signal.aborted]).toEqual([false, false]);
    expect(() => rules.where(caller, 'read')).not.toThrow();
    now += 20_000;
    expect([caller.signal === signal, signal.aborted]).toEqual([true, true]);
    expect(signal.reason).toBeInstanceOf(UnavailableError);
    expect(() => rules.where(caller, 'read')).toThrow(UnavailableError);
    down = false;
    const later = await callerWith(text);
    expect([later.signal.aborted, signal.aborted]).toEqual([false, true]);
    expect(() => rules.where(caller, 'read')).not.toThrow();
  });
});
