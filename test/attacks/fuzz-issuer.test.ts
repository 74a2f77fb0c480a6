import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnavailableError } from '@flairgate/core';
import { createTokenVerifier, type Fetch } from '@flairgate/core/tokens';
import { createCheckedFetch, oidcIssuer } from '@flairgate/express';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf, signToken } from '../../packages/core/test/principal/token/issuer/fake-issuer.js';
import { startServerFixture } from '../flow/caller.ts';
import { runs } from '../runs.ts';

const NOW = 1_800_000_000_000;
const OPENID = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';

/** Documents of one issuer, by the place that a request names: a text, or a way to answer. */
type Served = string | ((res: ServerResponse) => void);
interface Documents {
  readonly openid: Served;
  readonly oauth: Served;
  readonly keys: Served;
}

let server: Server;
let origin: string;
const documents = new Map<string, Documents>();
const died: unknown[] = [];
const note = (error: unknown) => void died.push(error);

beforeAll(async () => {
  server = createServer(({ url = '/' }, res) => {
    const name = /\/t\/(\d+)/.exec(url)?.[1] ?? '';
    const kind = url.startsWith(OAUTH) ? 'oauth' : url.endsWith(OPENID) ? 'openid' : 'keys';
    const served = documents.get(name)?.[kind] ?? '';
    if (typeof served === 'function') served(res);
    else res.setHeader('content-type', 'application/json').end(served);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterAll(async () => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

let issuers = 0;

/** Publishes documents of a further issuer. `{issuer}` and `{keys}` in them are its addresses. */
function publish(given: Documents): string {
  issuers += 1;
  const issuer = `${origin}/t/${issuers}`;
  const filled = (served: Served) =>
    typeof served === 'string' ? served.replaceAll('{issuer}', issuer).replaceAll('{keys}', `${issuer}/keys`) : served;
  documents.set(`${issuers}`, {
    openid: filled(given.openid),
    oauth: filled(given.oauth),
    keys: filled(given.keys),
  });
  return issuer;
}

/** Bytes that were read from answers, and answers that were asked for. */
interface Work {
  bytes: number;
  requests: number;
}

function countedFetch(work: Work): Fetch {
  const fetch = createCheckedFetch();
  return async (url, init) => {
    work.requests += 1;
    const answer = await fetch(url, init);
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        work.bytes += chunk.length;
        controller.enqueue(chunk);
      },
    });
    return new Response(answer.body?.pipeThrough(count) ?? null, { status: answer.status });
  };
}

const entry = entryOf('k', 'RS256');
const RIGHT = {
  openid: '{"issuer":"{issuer}","jwks_uri":"{keys}"}',
  oauth: '',
  keys: JSON.stringify({ keys: [entry] }),
} as const;

/** Verifies a token that the issuer signed with the key `k`. Any error but one of the dependency is thrown. */
async function outcomeOf(given: Documents, work: Work = { bytes: 0, requests: 0 }): Promise<string> {
  const issuer = publish(given);
  const claims = { iss: issuer, aud: 'us', sub: 'someone', jti: 'a', iat: NOW / 1000, exp: NOW / 1000 + 60 };
  const token = signToken('RS256', { alg: 'RS256', typ: 'at+jwt', kid: 'k' }, claims);
  const options = { issuer, audience: 'us', fetch: countedFetch(work), clock: () => NOW, timeoutMs: 300 };
  const verify = createTokenVerifier({ issuers: [oidcIssuer(options)], clock: () => NOW });
  try {
    const outcome = await verify(token, NOW);
    return outcome.allowed ? 'accepted' : 'refused';
  } catch (error) {
    if (error instanceof UnavailableError) return 'unavailable';
    throw error;
  } finally {
    documents.delete(`${issuers}`);
  }
}

const member = fc.oneof(
  fc.constantFrom('{issuer}', '{keys}', '{issuer}/', 'http://10.0.0.1/keys', 'file:///etc/passwd', 'javascript:1'),
  fc.constantFrom('RSA', 'sig', 'AQAB', 'RS256', 'k', entry),
  fc.jsonValue({ maxDepth: 3 }),
);
const names = fc.constantFrom('issuer', 'jwks_uri', 'keys', 'kty', 'kid', 'n', 'e', '__proto__', 'constructor', 'alg');
const document = fc.oneof(
  fc.dictionary(names, member).map((value) => JSON.stringify(value)),
  fc.record({ keys: fc.array(fc.oneof(fc.dictionary(names, member), member)) }).map((value) => JSON.stringify(value)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

/** Changes one place of a right document: cuts, doubles or replaces some characters. */
const mutated = (text: string) =>
  fc.tuple(fc.nat(text.length), fc.nat(12), fc.string({ maxLength: 6 })).map(([at, length, put]) => {
    return text.slice(0, at) + put + text.slice(at + length);
  });
const orMutated = (right: string) => fc.oneof(document, mutated(right), fc.constant(right));

describe('documents of an issuer, served by a real server', () => {
  it('T-S05, T-D09: the right documents are accepted, so that what follows can tell the difference', async () => {
    expect(await outcomeOf(RIGHT)).toBe('accepted');
    expect(await outcomeOf({ ...RIGHT, openid: 'x', oauth: RIGHT.openid })).toBe('accepted');
    expect(await outcomeOf({ ...RIGHT, keys: '{"keys":[]}' })).toBe('refused');
  });

  it('T-S05, T-D09, J-08: random and mutated discovery documents and key sets are a fault or an unknown key', async () => {
    const served = fc.record({
      openid: orMutated(RIGHT.openid),
      oauth: orMutated(RIGHT.openid),
      keys: orMutated(RIGHT.keys),
    });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(served, async (given) => {
        const work = { bytes: 0, requests: 0 };
        const outcome = await outcomeOf(given, work);
        seen.add(outcome);
        // The same documents get the same class of answer, and no more than two documents and one key set are read.
        expect(await outcomeOf(given)).toBe(outcome);
        expect(work.requests).toBeLessThanOrEqual(3);
        if (outcome !== 'accepted') return;
        const set: { readonly keys: readonly { readonly kid?: unknown; readonly n?: unknown }[] } = JSON.parse(
          given.keys,
        );
        expect(set.keys.some(({ kid, n }) => kid === 'k' && n === Reflect.get(entry, 'n'))).toBe(true);
      }),
      { numRuns: runs(1000) },
    );
    expect([...seen].sort()).toEqual(['accepted', 'refused', 'unavailable']);
    expect(died).toEqual([]);
  });

  const endless = (res: ServerResponse) => {
    const part = Buffer.alloc(65_536, ' ');
    const more = () => {
      while (!res.destroyed && res.write(part));
    };
    res.on('drain', more);
    more();
  };
  const silent = (res: ServerResponse) => void res.flushHeaders();
  const dripping = (res: ServerResponse) => {
    const timer = setInterval(() => res.write(' '), 20);
    res.on('close', () => clearInterval(timer));
  };
  const broken = (res: ServerResponse) => {
    res.writeHead(200, { 'content-length': '100' }).write('{');
    setImmediate(() => res.destroy());
  };
  const redirect = (res: ServerResponse) => void res.writeHead(302, { location: origin }).end();
  const zipped = (res: ServerResponse) => void res.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const hostile: readonly (readonly [string, Served])[] = [
    ['without end', endless],
    ['that never comes', silent],
    ['that comes byte by byte', dripping],
    ['that breaks off', broken],
    ['that is a redirect', redirect],
    ['with an encoding that it does not have', zipped],
    ['of 100,000 levels', `{"issuer":${deep}}`],
    ['of 30,000 members', `{${Array.from({ length: 30_000 }, (_, at) => `"a${at}":1`).join(',')}}`],
    ['with a member twice', '{"issuer":"{issuer}","issuer":"{issuer}","jwks_uri":"{keys}"}'],
    ['that is empty', ''],
    ['with a byte-order mark', `\ufeff${RIGHT.openid}`],
  ];

  /** A document is read up to 64 KiB, and the chunk that passes it. Three of them are hostile. */
  const MOST_BYTES = 3 * (64 + 64) * 1024;

  it.each(hostile)(
    'T-S05, T-C14, J-06: an issuer with a document %s is a fault that reads no more than it may',
    async (_, served) => {
      const work = { bytes: 0, requests: 0 };
      expect(await outcomeOf({ ...RIGHT, openid: served, oauth: served }, work)).toBe('unavailable');
      expect(await outcomeOf({ ...RIGHT, keys: served }, work)).toBe('unavailable');
      expect(work.bytes).toBeLessThan(MOST_BYTES);
      expect(died).toEqual([]);
    },
  );

  it('T-S05, J-08: a service whose issuer is hostile answers 503 to its tokens, and serves its own keys', async () => {
    for (const [what, served] of hostile) {
      const issuer = publish({ ...RIGHT, openid: served, oauth: served });
      const place = await startServerFixture(undefined, {
        issuers: [oidcIssuer({ issuer, audience: 'us', timeoutMs: 300 })],
      });
      const claims = {
        iss: issuer,
        aud: 'us',
        sub: 'a',
        jti: 'a',
        iat: Date.now() / 1000,
        exp: Date.now() / 1000 + 60,
      };
      const token = signToken('RS256', { alg: 'RS256', typ: 'at+jwt', kid: 'k' }, claims);
      const who = (headers: Record<string, string>) => place.running.send({ method: 'GET', path: '/v1/who', headers });
      expect((await who({ authorization: `Bearer ${token}` })).status, what).toBe(503);
      expect((await who({ 'x-api-key': place.organizationKey.text })).status, what).toBe(200);
      await place.close();
    }
    expect(died).toEqual([]);
  });
});
