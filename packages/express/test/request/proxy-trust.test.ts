import { clientAddress, createProxyTrust, type ProxyTrustOptions } from '@flairgate/express';
import express, { type Express } from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';

function behind(options: ProxyTrustOptions): Express {
  const app = express();
  app.use(createProxyTrust(options));
  app.get('/', (req, res) => void res.json({ address: clientAddress(req) ?? null }));
  return app;
}

function addressOf(options: ProxyTrustOptions, headers: Record<string, string>): Promise<unknown> {
  return request(behind(options))
    .get('/')
    .set(headers)
    .then(({ body }) => body.address);
}

const LOOPBACK = '127.0.0.1';

describe('createProxyTrust', () => {
  it.each([
    [{ trustProxy: 1 }, '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    [{ trustProxy: 2 }, '198.51.100.1, 203.0.113.9', '198.51.100.1'],
    [{ trustProxy: ['loopback'] }, '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    [{ trustProxy: ['127.0.0.0/8', '203.0.113.0/24'] }, '198.51.100.1, 203.0.113.9', '198.51.100.1'],
    [{ trustProxy: ['10.0.0.0/8'] }, '203.0.113.9', LOOPBACK],
  ] as const)('createProxyTrust reads X-Forwarded-For as far as trusted: %o', async (options, forwarded, address) => {
    const found = await addressOf(options, { 'x-forwarded-for': forwarded });
    expect(String(found).replace('::ffff:', '')).toBe(address);
  });

  it.each([
    ['for=203.0.113.9', '203.0.113.9'],
    ['for="203.0.113.9:4711";proto=https;by=203.0.113.43', '203.0.113.9'],
    ['For="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['for=192.0.2.43, for=203.0.113.9', '203.0.113.9'],
    ['for=unknown', null],
    ['for=_hidden', null],
    ['proto=https', null],
    ['for=203.0.113.9;;;=', null],
  ])('createProxyTrust reads Forwarded if it is chosen: %s', async (forwarded, address) => {
    const options = { trustProxy: 1, proxyHeader: 'forwarded' } as const;
    expect(await addressOf(options, { forwarded, 'x-forwarded-for': '198.51.100.7' })).toBe(address);
  });

  it('createProxyTrust does not read the header that is not chosen, because callers can send it', async () => {
    const found = await addressOf(
      { trustProxy: 1 },
      { forwarded: 'for=198.51.100.7', 'x-forwarded-for': '203.0.113.9' },
    );
    expect(found).toBe('203.0.113.9');
  });

  it('createProxyTrust wins over the setting of the app', async () => {
    const app = express();
    app.set('trust proxy', 2);
    app.use(behind({ trustProxy: 1 }));
    const { body } = await request(app).get('/').set('x-forwarded-for', '198.51.100.1, 203.0.113.9');
    expect(body).toEqual({ address: '203.0.113.9' });
  });

  it.each([
    true,
    0,
    33,
    1.5,
    '1',
    [],
    ['0.0.0.0/0'],
    ['::/0'],
    ['0.0.0.0/1', '128.0.0.0/1'],
    ['2000::/3'],
    ['::ffff:0:0/96'],
    ['::ffff:0.0.0.0/97', '::ffff:128.0.0.0/97'],
    ['everybody'],
    ['10.0.0.1/33'],
    [10],
  ])('createProxyTrust refuses all addresses, and what is no proxy: %j', (trustProxy) => {
    expect(() => createProxyTrust({ trustProxy: trustProxy as never })).toThrow(/^trustProxy: must /);
  });

  it('createProxyTrust refuses an unknown header', () => {
    expect(() => createProxyTrust({ trustProxy: 1, proxyHeader: 'x-real-ip' as never })).toThrow(
      /^proxyHeader: must be/,
    );
  });
});
