import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';
import { memoryStore } from '@flairgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raw } from '../../packages/express/test/support.js';
import { type ServerFixture, startServerFixture } from '../flow/caller.ts';

const SECRET = 'wR7tq0ZnVbXy3mKfLp9sHd2uJc6aGe8T';

type Json = Record<string, unknown>;

/** Two services: one signs with a key pair, the other with a secret that this file knows. */
let paired: ServerFixture;
let shared: ServerFixture;

beforeAll(async () => {
  const options = { gate: { failureLimit: { limit: 0 } } };
  paired = await startServerFixture(undefined, options);
  shared = await startServerFixture(await memoryStore(), { ...options, tokenSecret: SECRET });
});
afterAll(async () => {
  await paired.close();
  await shared.close();
});

async function tokenOf(place: ServerFixture, secret = place.organizationKey.text): Promise<string> {
  const body = new URLSearchParams({ oid: place.oid, secret }).toString();
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return (await place.running.send({ method: 'POST', path: '/jwt', headers, body })).body.jwt;
}

async function statusOf(place: ServerFixture, token: string): Promise<number> {
  const port = Number(new URL(place.running.url).port);
  return (await raw(port, [`Authorization: Bearer ${token}`], { path: '/v1/who' })).status;
}

function parsed(token: string): { readonly header: Json; readonly claims: Json; readonly signature: string } {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const read = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: read(header), claims: read(claims), signature };
}

const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A token with a right HMAC, whatever it says. Texts are taken as the JSON of a part. */
function macked(header: unknown, claims: unknown, secret: string | Buffer = SECRET): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

async function publicKey(): Promise<{
  readonly jwk: JsonWebKey & { readonly kid?: string };
  readonly texts: Buffer[];
}> {
  const { text } = await paired.running.send({ method: 'GET', path: '/.well-known/jwks.json' });
  const [jwk] = JSON.parse(text).keys;
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const pem = key.export({ type: 'spki', format: 'pem' }).toString();
  const der = key.export({ type: 'spki', format: 'der' });
  const forms = [pem, pem.trim(), `\n${pem}`, `\ufeff${pem}`, pem.replaceAll('\n', '\r\n'), `\t${pem}`];
  const more = [der.toString('base64'), JSON.stringify(jwk), String(jwk.x), ''];
  return { jwk, texts: [...[...forms, ...more].map((text) => Buffer.from(text)), der] };
}

describe('a forged token over HTTP', () => {
  it('a forged token over HTTP is told from a right one', async () => {
    expect(await statusOf(paired, await tokenOf(paired))).toBe(200);
    const { header, claims } = parsed(await tokenOf(shared));
    expect(await statusOf(shared, macked(header, claims))).toBe(200);
  });

  it('A-01, A-03, A-07, A-08, A-11, A-13: the public key in any form is no HMAC secret', async () => {
    const { header, claims } = parsed(await tokenOf(paired));
    const { texts } = await publicKey();
    for (const text of texts) {
      for (const kid of [header.kid, undefined, '', 'unknown']) {
        expect(await statusOf(paired, macked({ ...header, alg: 'HS256', kid }, claims, text))).toBe(401);
        expect(await statusOf(paired, macked({ ...header, kid }, claims, text))).toBe(401);
      }
    }
  });

  it('A-02, S-JWT-7, S-BCP-3, S-BCP-4: no spelling of none, and no empty signature, is accepted', async () => {
    for (const place of [paired, shared]) {
      const { header, claims, signature } = parsed(await tokenOf(place));
      for (const alg of ['none', 'None', 'nOnE', 'NONE', '', 'hs256', 'Hs256', 'es256', null, 0, [], undefined]) {
        const signed = `${encode({ ...header, alg })}.${encode(claims)}`;
        for (const end of ['', '.', `.${signature}`]) expect(await statusOf(place, signed + end)).toBe(401);
      }
      const [first, second] = (await tokenOf(place)).split('.');
      expect(await statusOf(place, `${first}.${second}.`)).toBe(401);
    }
  });

  it('A-06, A-09, S-BCP-10: unknown, empty and inherited key ids find no key, and inject nothing', async () => {
    for (const place of [paired, shared]) {
      const { header, claims } = parsed(await tokenOf(place));
      const names = ['', '__proto__', 'constructor', 'toString', "' OR 1=1 --", '../../../../dev/null', 'unknown'];
      for (const kid of [...names, undefined, null, 0, [header.kid], {}]) {
        for (const secret of ['', '\0', 'undefined', 'null']) {
          expect(await statusOf(place, macked({ ...header, alg: 'HS256', kid }, claims, secret))).toBe(401);
        }
      }
    }
    const { header, claims } = parsed(await tokenOf(shared));
    expect(await statusOf(shared, macked(header, claims, `${SECRET}x`))).toBe(401);
  });

  it('A-12, S-JOSE-4: no key is taken from the header of a token', async () => {
    const { header, claims } = parsed(await tokenOf(paired));
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = own.publicKey.export({ format: 'jwk' });
    for (const more of [
      { jwk },
      { jwk, kid: undefined },
      { jku: 'http://127.0.0.1:1/' },
      { x5c: ['a'] },
      { x5u: 'a' },
    ]) {
      const signed = `${encode({ ...header, ...more })}.${encode(claims)}`;
      const signature = sign('sha256', Buffer.from(signed), { key: own.privateKey, dsaEncoding: 'ieee-p1363' });
      expect(await statusOf(paired, `${signed}.${signature.toString('base64url')}`)).toBe(401);
    }
  });

  it('A-14, A-17, T-J04: a signature that is zero, cut, or changed in any bit is refused', async () => {
    const token = await tokenOf(paired);
    const { signature } = parsed(token);
    const signed = token.slice(0, token.lastIndexOf('.'));
    const bytes = Buffer.from(signature, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await statusOf(paired, `${signed}.${changed.toString('base64url')}`)).toBe(401);
    }
    for (const other of [Buffer.alloc(64), bytes.subarray(1), Buffer.concat([bytes, Buffer.alloc(1)])]) {
      expect(await statusOf(paired, `${signed}.${other.toString('base64url')}`)).toBe(401);
    }
  });

  it('A-15, S-JOSE-3, T-J04, S-BCP-14: another spelling of an accepted token is refused', async () => {
    for (const place of [paired, shared]) {
      const token = await tokenOf(place);
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const last = token.at(-1);
      const spellings = [...alphabet].filter((letter) => letter !== last).map((letter) => token.slice(0, -1) + letter);
      spellings.push(`${token}=`, `${token}==`, token.replace('.', '=.'), `${token}.`, `.${token}`, `${token}!`);
      spellings.push(token.replaceAll('-', '+').replaceAll('_', '/'), JSON.stringify({ token }), `"${token}"`);
      for (const spelling of spellings) {
        if (spelling !== token) expect([400, 401]).toContain(await statusOf(place, spelling));
      }
    }
  });
});

describe('a rightly signed token with wrong contents', () => {
  const refused = async (change: { readonly header?: Json; readonly claims?: Json }) => {
    const { header, claims } = parsed(await tokenOf(shared));
    const token = macked({ ...header, ...change.header }, { ...claims, ...change.claims });
    return (await statusOf(shared, token)) === 401;
  };

  it('B-01, B-02, B-03, B-04, T-S03, S-JWT-3: issuer and audience are whole texts and ours', async () => {
    const { claims } = parsed(await tokenOf(shared));
    const iss = String(claims.iss);
    for (const other of [
      [iss],
      `${iss}/`,
      `${iss}.evil.example`,
      `x${iss}`,
      iss.slice(0, -1),
      '',
      null,
      undefined,
      {},
    ]) {
      expect(await refused({ claims: { iss: other } })).toBe(true);
    }
    for (const aud of ['billing', ['billing'], [], {}, 0, '', null, undefined, true, 'a'.repeat(5000)]) {
      expect(await refused({ claims: { aud } })).toBe(true);
    }
  });

  it('B-05, S-JWT-4, S-JWT-5, T-S12: times are finite numbers, and bound the token', async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const exp of [undefined, null, `${now + 60}`, now - 1, now * 1000, -1, true, [now + 60], {}, 'never']) {
      expect(await refused({ claims: { exp } })).toBe(true);
    }
    expect(await refused({ claims: { nbf: now + 600 } })).toBe(true);
    expect(await refused({ claims: { iat: now + 86_400 } })).toBe(true);
    const { header, claims } = parsed(await tokenOf(shared));
    const text = JSON.stringify({ ...claims, exp: 0 });
    for (const exp of ['1e999', '1e20', '-0', '9007199254740993']) {
      expect(await statusOf(shared, macked(header, text.replace('"exp":0', `"exp":${exp}`)))).toBe(401);
    }
  });

  it('B-09, S-JOSE-1, S-JOSE-2, J-04, S-BCP-11, S-BCP-15: a header may hold what we write, once', async () => {
    for (const header of [
      { crit: [] },
      { crit: ['exp'], exp: 1 },
      { crit: ['b64'], b64: false },
      { b64: false },
      { crit: 'exp' },
      { zip: 'DEF' },
      { enc: 'A256GCM' },
      { p2c: 1_000_000 },
      { typ: 'JWT' },
      { typ: undefined },
      { typ: 'logout+jwt' },
      { cty: 'JWT' },
    ]) {
      expect(await refused({ header }), JSON.stringify(header)).toBe(true);
    }
    const { header, claims } = parsed(await tokenOf(shared));
    const twice = JSON.stringify(header).replace('{', '{"alg":"none",');
    expect(await statusOf(shared, macked(twice, claims))).toBe(401);
  });

  it('S-JWT-1, S-JWT-2, T-J03: a payload that is no object, or says something twice, is 401 and never 5xx', async () => {
    const { header, claims } = parsed(await tokenOf(shared));
    const twice = JSON.stringify(claims).replace('{', '{"sub":"root",');
    for (const text of ['null', 'true', '1', '"root"', '[]', '[{}]', '', '{', 'not json', '\ufeff{}', twice]) {
      expect(await statusOf(shared, macked(header, text))).toBe(401);
      expect(await statusOf(paired, `${encode({ ...header, typ: 'JWT' })}.${encode(text)}.AAAA`)).toBe(401);
    }
  });

  it('T-J05, T-J06, T-J07, T-T02, T-F10, E-09: claims of wrong types or with hostile texts give nothing', async () => {
    const { claims } = parsed(await tokenOf(shared));
    const texts = ['', '*', 'root', "' OR 1=1 --", '../..', 'a\r\nx: y', '__proto__', null, 0, -1, true, [], {}, [[]]];
    for (const name of Object.keys(claims).filter((one) => !['iat', 'nbf', 'jti', 'sub', 'aud'].includes(one))) {
      for (const value of texts) {
        const { header } = parsed(await tokenOf(shared));
        const status = await statusOf(shared, macked(header, { ...claims, [name]: value }));
        expect(status, `${name}: ${JSON.stringify(value)}`).toBeLessThan(500);
      }
    }
    const { header } = parsed(await tokenOf(shared));
    const polluting = JSON.stringify(claims).replace('{', '{"__proto__":{"perms":["*"],"isAdmin":true},');
    expect(await statusOf(shared, macked(header, polluting))).toBeLessThan(500);
    expect(Reflect.get({}, 'perms')).toBeUndefined();
    expect(await statusOf(shared, await tokenOf(shared))).toBe(200);
  });

  it('J-03, T-D05: tokens of many dots and of great length are refused, and cost no hash', async () => {
    for (const text of ['.'.repeat(7000), 'a.'.repeat(3500), `${'a'.repeat(7000)}.a.a`, '{'.repeat(7000)]) {
      expect([400, 401, 413]).toContain(await statusOf(shared, text));
    }
  });

  it('D-03, D-04: tokens with one beginning are never taken for each other', async () => {
    const { header, claims } = parsed(await tokenOf(shared));
    const texts = ['0', '1', '2'].map((jti) => macked(header, { ...claims, jti: `same-${jti}` }));
    expect(new Set(texts.map((text) => text.slice(0, 200))).size).toBe(1);
    const [first = '', second = '', third = ''] = texts;
    expect(await statusOf(shared, first)).toBe(200);
    const { signature } = parsed(first);
    for (const other of [second, third]) {
      const crossed = `${other.slice(0, other.lastIndexOf('.'))}.${signature}`;
      expect(await statusOf(shared, crossed)).toBe(401);
      expect(await statusOf(shared, other)).toBe(200);
    }
  });

  it('T-X04, S-BCP-12, T-J09, T-K02: a token is no key, a key is no token, and neither renews itself', async () => {
    const jwt = await tokenOf(paired);
    const port = Number(new URL(paired.running.url).port);
    expect([400, 401]).toContain((await raw(port, [`x-api-key: ${jwt}`], { path: '/v1/who' })).status);
    expect(await statusOf(paired, paired.organizationKey.text)).toBe(401);
    const form = new URLSearchParams({ oid: paired.oid, secret: jwt }).toString();
    const type = 'Content-Type: application/x-www-form-urlencoded';
    const lines = [type, `Content-Length: ${form.length}`];
    expect([400, 401]).toContain((await raw(port, lines, { method: 'POST', path: '/jwt', body: form })).status);
    const bare = await raw(port, [`Authorization: Bearer ${jwt}`, 'Content-Length: 0'], {
      method: 'POST',
      path: '/jwt',
    });
    expect(bare.status).toBe(400);
  });
});
