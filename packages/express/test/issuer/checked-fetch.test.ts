import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { createCheckedFetch, OptionError, oidcIssuer } from '@flairgate/express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let server: Server;
let port: number;
let requests: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.url === '/redirect') response.writeHead(302, { location: '/elsewhere' }).end();
    else if (request.url === '/empty') response.writeHead(204).end();
    else request.pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, '0.0.0.0', done));
  ({ port } = server.address() as AddressInfo);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const checked = createCheckedFetch();

describe('a checked fetch', () => {
  it('a checked fetch reads from this machine by name, sends a form, and follows no redirect', async () => {
    requests = [];
    const sent = await checked(`http://localhost:${port}/`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
    expect([sent.status, await sent.text()]).toEqual([200, 'a=b']);
    const moved = await checked(`http://127.0.0.1:${port}/redirect`, {});
    expect([moved.status, (await checked(`http://127.0.0.1:${port}/empty`, {})).status]).toEqual([302, 204]);
    expect(requests).toEqual(['POST /', 'GET /redirect', 'GET /empty']);
  });

  it.each([
    '0.0.0.0',
    '127.0.0.2',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '0177.0.0.2',
    '2130706434',
    '[::]',
    '[fc00::1]',
    '[fe80::1]',
    '[::ffff:127.0.0.2]',
    '[::ffff:10.0.0.1]',
    '[64:ff9b::a00:1]',
    '[2002:a00:1::]',
  ])('a checked fetch does not connect to %s', async (host) => {
    requests = [];
    await expect(checked(`http://${host}:${port}/`, {})).rejects.toThrow(/not public/);
    expect(requests).toEqual([]);
  });

  it('a checked fetch judges the address that a name resolves to, and not the name', async () => {
    requests = [];
    await expect(checked(`http://${hostname()}:${port}/`, {})).rejects.toThrow(/not public/);
    expect(requests).toEqual([]);
    const allowed = createCheckedFetch({ allowPrivateAddresses: true });
    expect((await allowed(`http://${hostname()}:${port}/`, {})).status).toBe(200);
    expect((await allowed(`http://127.0.0.2:${port}/`, {})).status).toBe(200);
  });

  it('a checked fetch ends with its signal', async () => {
    const ended = checked(`http://127.0.0.1:${port}/`, { signal: AbortSignal.abort(new Error('late')) });
    await expect(ended).rejects.toThrow();
  });
});

it('the options of an identity provider are checked at start', () => {
  expect(() => oidcIssuer({ issuer: 'http://issuer.example', audience: 'us' })).toThrow(OptionError);
  expect(() => oidcIssuer({ issuer: 'https://issuer.example', audience: 'us', provder: 'auth0' } as never)).toThrow(
    /provider/,
  );
});
