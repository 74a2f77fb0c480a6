import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANN, type Cookies, type SignInFixture, startSignInFixture } from './sign-in-fixture.ts';

describe('the event of a failure of the provider', () => {
  let fixture: SignInFixture;
  let events: string[];
  const listen = (event: unknown) => events.push(inspect(event, { depth: 20, showHidden: true }));

  beforeEach(async () => {
    fixture = await startSignInFixture();
    events = [];
    subscribe('flairgate:fault', listen);
  });
  afterEach(async () => {
    unsubscribe('flairgate:fault', listen);
    await fixture.close();
  });

  async function failedSignIn(change: (query: URLSearchParams) => void = () => undefined): Promise<URLSearchParams> {
    const cookies: Cookies = new Map();
    const query = fixture.provider.grant(await fixture.start(cookies), ANN);
    change(query);
    expect((await fixture.callback(cookies, query)).status).toBe(503);
    return query;
  }

  function expectEvent(query: URLSearchParams): void {
    expect(events).toHaveLength(1);
    expect(events[0]).toContain('the provider is unavailable');
    for (const name of ['code', 'state']) expect(events[0]).not.toContain(query.get(name));
  }

  it('the event of a failure of the provider names the provider and contains nothing of the redirect', async () => {
    expectEvent(await failedSignIn((query) => query.set('error', 'server_error')));
  });

  it('the event of a failure of the provider contains no ID token and nothing of the request for it', async () => {
    let sent = '';
    fixture.provider.forge = (token) => {
      sent = `${token}.a.b`;
      return sent;
    };
    expectEvent(await failedSignIn());
    expect(sent).not.toBe('');
    expect(events[0]).not.toContain(sent.slice(0, 20));
    expect(events[0]).not.toContain('opaque');
  });

  it('the event of a failure of the provider says why the provider could not be reached', async () => {
    const cookies: Cookies = new Map();
    const query = fixture.provider.grant(await fixture.start(cookies), ANN);
    fixture.provider.close();
    expect((await fixture.callback(cookies, query)).status).toBe(503);
    expect(events[0]).toContain('ECONNREFUSED');
  });
});
