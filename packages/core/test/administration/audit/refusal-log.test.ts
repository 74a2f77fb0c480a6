import { randomBytes } from 'node:crypto';
import { deny, memoryStore, type Principal } from '@flairgate/core';
import { createRefusalLog } from '@flairgate/core/administration';
import { createResourceRules } from '@flairgate/core/resources';
import type { Store } from '@flairgate/core/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { party, principalOf, row } from '../../visibility/callers.js';

const NOW = 1_800_000_000_000;
const LOCKED = deny('ERR_RESOURCE_LOCKED');
const rules = createResourceRules({ type: 'rule', content: ['data'] });

let store: Store;
beforeEach(async () => {
  store = await memoryStore();
});
afterEach(async () => {
  vi.useRealTimers();
  await store.close();
});

const open = (of: Store = store) => createRefusalLog({ store: of, now: () => NOW, random: randomBytes });
const rows = () => store.read((tx) => tx.find('audit', {}));
const principal = principalOf('org-a');
const refusal = (target: string, by: Principal = principal, denial = LOCKED) => ({
  caller: by,
  denial,
  address: '192.0.2.1',
  target,
});

describe('the log of refusals', () => {
  it('the log of refusals writes equal ones as one row with their count, a second later and not before', async () => {
    vi.useFakeTimers();
    const log = open();
    for (let times = 0; times < 3; times++) log.note(refusal('PUT /rules/:id'));
    await vi.advanceTimersByTimeAsync(999);
    expect(await rows()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await log.flush();
    expect(await rows()).toEqual([
      {
        id: expect.any(String),
        at: NOW,
        oid: 'org-a',
        actor: 'laptop',
        actorName: 'laptop@user.example',
        action: 'request.refuse',
        target: 'PUT /rules/:id',
        address: '192.0.2.1',
        outcome: 'refused',
        details: { code: 'ERR_RESOURCE_LOCKED', reason: 'ERR_RESOURCE_LOCKED', count: 3 },
      },
    ]);
    await log.stop();
    expect(await rows()).toHaveLength(1);
  });

  it('the log of refusals keeps 100 different ones of a caller and 1,000 in all, and counts the rest', async () => {
    const log = open();
    for (let at = 0; at < 150; at++) log.note(refusal(`GET /${at}`));
    await log.flush();
    const first = await rows();
    expect(first).toHaveLength(101);
    expect(first.find(({ target }) => target === '*')).toMatchObject({
      oid: null,
      actor: null,
      details: { count: 50 },
    });
    for (let by = 0; by < 12; by++) {
      for (let at = 0; at < 100; at++) log.note(refusal(`GET /${at}`, { ...principal, identity: `caller-${by}` }));
    }
    await log.flush();
    expect(await rows()).toHaveLength(101 + 1001);
  });

  it('the log of refusals keeps what could not be written, and counts what came meanwhile', async () => {
    let down = true;
    const failing: Store = {
      ...store,
      write: (work) => (down ? Promise.reject(new Error('down')) : store.write(work)),
    };
    const log = open(failing);
    log.note(refusal('PUT /rules/:id'));
    await expect(log.flush()).rejects.toThrow('down');
    log.note(refusal('PUT /rules/:id'));
    down = false;
    await log.stop();
    expect(await rows()).toMatchObject([{ details: { count: 2 } }]);
  });

  it('the log of refusals leaves out faults, which are no refusals', async () => {
    const log = open();
    log.note(refusal('GET /', principal, deny('ERR_STORE_UNAVAILABLE')));
    await log.stop();
    expect(await rows()).toEqual([]);
  });

  it('the log of refusals writes into no organization but the caller’s', async () => {
    const log = open();
    const elsewhere = { ...deny('ERR_PERMISSION_MISSING'), organization: 'org-b' };
    log.note(refusal('GET /one', principal, elsewhere));
    log.note(refusal('GET /two', principalOf('org-a', 'org-c'), elsewhere));
    log.note(refusal('GET /three', principalOf('org-a', 'org-b'), elsewhere));
    await log.flush();
    const oids = Object.fromEntries((await rows()).map(({ target, oid }) => [target, oid]));
    expect(oids).toEqual({ 'GET /one': 'org-a', 'GET /two': null, 'GET /three': 'org-b' });
  });

  it('the log of refusals tells a hidden resource from a missing one, but not one of another organization', async () => {
    const log = open();
    const caller = party('laptop', 'segment');
    const hidden = rules.refusal(caller, row({ created_by: 'b' }), 'update');
    for (const denial of [
      rules.refusal(caller, row({ oid: 'org-b' }), 'update'),
      rules.refusal(caller, undefined, 'update'),
      hidden,
    ]) {
      log.note(refusal('PUT /rules/:id', principal, denial));
    }
    await log.flush();
    expect((await rows()).map(({ details }) => details)).toEqual([
      { code: 'ERR_NOT_FOUND', reason: 'missing', count: 2 },
      { code: 'ERR_NOT_FOUND', reason: 'hidden', explanation: hidden.explanation, count: 1 },
    ]);
    expect(hidden.explanation).toMatchObject({ id: 'r1', rule: 'hidden', action: 'update' });
  });

  it('the log of refusals keeps no secret and nothing a database could not store', async () => {
    const log = open();
    const key = `fg_${'a'.repeat(43)}`;
    log.note(refusal(`GET /${key}\0\ud800`, principal, deny('ERR_VALIDATION', { reason: `sent ${key}` })));
    await log.stop();
    const written = await rows();
    expect(written).toHaveLength(1);
    expect(JSON.stringify(written)).not.toContain(key);
    expect(written[0]?.target).toBe('GET /fg_aaaaaaaaaa[hidden]');
  });
});
