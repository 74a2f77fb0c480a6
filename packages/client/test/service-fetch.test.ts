import { createServiceFetch, FlairgateClientError, type ServiceFetchOptions } from '@flairgate/client';
import { describe, expect, it } from 'vitest';

const CALLER = 'the-key-of-a-caller';
const SERVICE = 'the-key-of-a-service';

/** A service's fetch over answers the test writes; notes what was sent where. */
function over(
  answers: { readonly exchange?: () => Response | Promise<Response>; readonly next?: () => Response },
  more: Partial<ServiceFetchOptions> = {},
) {
  let minted = 0;
  const exchange =
    answers.exchange ??
    (() => {
      minted += 1;
      return Response.json({ access_token: `token-${minted}`, token_type: 'Bearer', expires_in: 3600, scope: '' });
    });
  const sent: { readonly url: string; readonly init: RequestInit }[] = [];
  const fetch: typeof globalThis.fetch = async (url, init = {}) => {
    sent.push({ url: String(url), init });
    return String(url).endsWith('/oauth/token') ? exchange() : (answers.next?.() ?? new Response('ok'));
  };
  const call = createServiceFetch({
    url: 'https://auth.example/',
    serviceKey: SERVICE,
    audience: 'next',
    fetch,
    ...more,
  });
  return { call, sent };
}

const headers = { 'x-api-key': CALLER };

describe('the fetch of a service', () => {
  it("the fetch of a service takes the exchanged token along, never the caller's credential or the service's", async () => {
    const { call, sent } = over({});
    await call({ headers }, 'https://next.example/a', { headers: { 'X-Api-Key': CALLER, accept: 'text/plain' } });
    const [exchange, next] = sent;
    expect(exchange?.url).toBe('https://auth.example/oauth/token');
    expect(new Headers(exchange?.init.headers).get('x-api-key')).toBe(SERVICE);
    const passed = new Headers(next?.init.headers);
    expect([...passed]).toEqual([
      ['accept', 'text/plain'],
      ['authorization', 'Bearer token-1'],
    ]);
    expect(next?.init).toMatchObject({ redirect: 'error', credentials: 'omit' });
  });

  it('the fetch of a service forgets a token the next service refuses', async () => {
    const { call, sent } = over({ next: () => new Response('', { status: 401 }) });
    expect((await call({ headers }, 'https://next.example/')).status).toBe(401);
    await call({ headers }, 'https://next.example/');
    expect(sent.filter(({ url }) => url.endsWith('/oauth/token'))).toHaveLength(2);
  });

  it('the fetch of a service keeps callers, organizations and kinds of credential apart', async () => {
    const { call, sent } = over({});
    const who = [
      { headers },
      { headers, oid: 'a' },
      { headers, oid: 'b' },
      { headers, address: '10.0.0.1' },
      { headers: { authorization: `Bearer ${CALLER}` } },
      { headers: { 'x-api-key': 'another' } },
    ];
    for (const caller of [...who, ...who]) await call(caller, 'https://next.example/');
    expect(sent.filter(({ url }) => url.endsWith('/oauth/token'))).toHaveLength(who.length);
  });

  it('the fetch of a service keeps no more tokens than it may', async () => {
    const { call, sent } = over({}, { maxCachedTokens: 1 });
    for (const key of ['one', 'two', 'one']) await call({ headers: { 'x-api-key': key } }, 'https://next.example/');
    expect(sent.filter(({ url }) => url.endsWith('/oauth/token'))).toHaveLength(3);
  });

  it.each([
    ['none', {}],
    ['both', { 'x-api-key': CALLER, authorization: `Bearer ${CALLER}` }],
    ['two keys', { 'x-api-key': [CALLER, CALLER] }],
    ['another scheme', { authorization: `Basic ${CALLER}` }],
    ['a line end', { authorization: `Bearer ${CALLER}\r\nx: y` }],
  ])('the fetch of a service asks for nothing when the request carries %s', async (_what, given) => {
    const { call, sent } = over({});
    await expect(call({ headers: given }, 'https://next.example/')).rejects.toThrow(FlairgateClientError);
    expect(sent).toEqual([]);
  });

  it.each([
    ['a refusal', () => Response.json({ error: 'invalid_target', error_description: CALLER }, { status: 400 }), 400],
    ['something else', () => new Response('<html>'), undefined],
    ['a token of another type', () => Response.json({ access_token: 'x', token_type: 'mac', expires_in: 1 }), 200],
    ['nothing', () => Promise.reject(new Error(`lost ${SERVICE}`)), undefined],
  ])(
    'the fetch of a service fails without a secret in the message when the exchange gives %s',
    async (_what, exchange, status) => {
      const { call, sent } = over({ exchange });
      const error = await call({ headers }, 'https://next.example/').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'FlairgateClientError', status });
      expect(String(error)).not.toMatch(/the-key-of/);
      expect(sent).toHaveLength(1);
    },
  );

  it.each([
    { url: 'http://auth.example' },
    { url: 'nowhere' },
    { serviceKey: '' },
    { audience: '' },
    { timeoutMs: 0 },
    { maxCachedTokens: 0.5 },
    { audiance: 'next' },
  ])('the fetch of a service is not made with %j', (more) => {
    const good = { url: 'https://auth.example', serviceKey: SERVICE, audience: 'next' };
    expect(() => createServiceFetch({ ...good, ...more })).toThrow(TypeError);
  });
});
