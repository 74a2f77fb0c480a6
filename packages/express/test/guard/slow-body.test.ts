import { once } from 'node:events';
import { request } from 'node:http';
import type { TestKey } from '@flairgate/express/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GuardedApp, guardedApp, versions } from './guarded-app.js';

describe.each(Object.entries(versions))('a write whose key ends while its body is sent, in %s', (_name, express) => {
  let app: GuardedApp;
  let key: TestKey;

  beforeEach(async () => {
    app = await guardedApp({ express });
    key = await app.kit.key();
    await app.ask(key, 'POST', '/rules', { id: 'r-1', name: 'one', data: 'before' });
  });
  afterEach(() => app.close());

  /** Sends the headers, waits until the guard waits for the body, does something else, then sends the body. */
  async function drawOut(meanwhile: () => Promise<unknown>): Promise<number | undefined> {
    const body = JSON.stringify({ id: 'r-1', name: 'one', data: 'after' });
    const headers = {
      'x-api-key': key.text,
      'content-type': 'application/json',
      'content-length': body.length,
      expect: '100-continue',
    };
    const sent = request(`${app.served.url}/rules/r-1`, { method: 'PUT', headers });
    sent.flushHeaders();
    await once(sent, 'continue');
    await meanwhile();
    const answered = once(sent, 'response');
    sent.end(body);
    const [answer] = await answered;
    answer.resume();
    return answer.statusCode;
  }

  it('a write whose key is revoked while its body is sent is refused, and changes nothing', async () => {
    expect(await drawOut(() => app.kit.revoke(key))).toBe(401);
    expect(app.rules.get('r-1')?.data).toBe('before');
  });

  it('a write whose key stays valid while its body is sent goes on', async () => {
    expect(await drawOut(async () => undefined)).toBe(200);
    expect(app.rules.get('r-1')?.data).toBe('after');
  });
});
