import { createHash, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { OptionError } from '@flairgate/core';
import { jwkThumbprint, publicJwk, readKeySet, tokenKey, tokenKeyFromJwk } from '@flairgate/core/internal';
import { createHmacTokenKey } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import { keys } from './token-fixture.js';

const ec = keys.ES256.key.export({ format: 'jwk' });
const rsa = keys.RS256.key.export({ format: 'jwk' });
const weak = (bits: number, publicExponent = 65537) =>
  generateKeyPairSync('rsa', { modulusLength: bits, publicExponent }).publicKey.export({ format: 'jwk' });

describe('a shared secret', () => {
  it('a shared secret is named by the first 16 digits of its digest, text and bytes alike', () => {
    const text = 'caf\u00e9 with 32 bytes and a few more';
    const digest = createHash('sha256').update(text, 'utf8').digest('hex');
    expect(createHmacTokenKey(text).kid).toBe(digest.slice(0, 16));
    expect(createHmacTokenKey(Buffer.from(text)).kid).toBe(digest.slice(0, 16));
  });

  it.each([
    '',
    'secret',
    'your-256-bit-secret',
    '0123456789abcdef0123456789abcde',
    ' '.repeat(40),
    'a'.repeat(64),
    'abababababababababababababababab',
    `${'0'.repeat(31)}1`,
    'a-string-secret-at-least-256-bits-long',
  ])('a shared secret is refused when it is %j', (secret) => {
    expect(() => createHmacTokenKey(secret)).toThrow(OptionError);
    expect(() => createHmacTokenKey(secret)).toThrow(/openssl rand/);
    if (secret.length > 6) expect(() => createHmacTokenKey(secret)).not.toThrow(secret);
  });

  it.each([undefined, null, 1, {}, [], { toString: () => 'x'.repeat(40) }])(
    'a shared secret is refused when it is no text: %j',
    (value) => {
      expect(() => createHmacTokenKey(value as never)).toThrow(OptionError);
    },
  );
});

describe('a JSON Web Key', () => {
  it('a JSON Web Key is named by its kid, else by its thumbprint', () => {
    expect(tokenKeyFromJwk({ ...ec, kid: 'mine' })).toMatchObject({ kid: 'mine', algorithm: 'ES256' });
    expect(tokenKeyFromJwk(rsa)).toMatchObject({ kid: jwkThumbprint(keys.RS256.key), algorithm: 'RS256' });
  });

  const wrong: readonly [string, unknown][] = [
    ['null', null],
    ['a list', [ec]],
    ['a text', 'x'],
    ['another kty', { ...ec, kty: 'OKP' }],
    ['no kty', { ...ec, kty: undefined }],
    ['another algorithm', { ...ec, alg: 'ES512' }],
    ['HS256 of a public key', { ...rsa, alg: 'HS256' }],
    ['PS256', { ...rsa, alg: 'PS256' }],
    ['none', { ...rsa, alg: 'none' }],
    ['an encryption key', { ...rsa, use: 'enc' }],
    ['a key that only signs', { ...ec, key_ops: ['sign'] }],
    ['key_ops that is a text', { ...ec, key_ops: 'verify' }],
    ['a private key', { ...ec, d: 'AAAA' }],
    ['an RSA prime', { ...rsa, p: 'AAAA' }],
    ['another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })],
    ['a point that is on no curve', { ...ec, y: ec.x }],
    ['padding', { ...ec, x: `${ec.x}=` }],
    ['a member that is no text', { ...ec, x: [ec.x] }],
    ['1024 bits', weak(1024)],
    ['exponent 3', weak(2048, 3)],
    ['exponent 1', { ...rsa, e: 'AQ' }],
    ['an even exponent', { ...rsa, e: 'AQAC' }],
    ['an empty kid', { ...ec, kid: '' }],
    ['a kid that is no text', { ...ec, kid: 1 }],
    ['a short secret', { kty: 'oct', k: 'AAAA' }],
    ['an empty secret', { kty: 'oct', k: '' }],
  ];
  it.each(wrong)('a JWK is refused: %s', (_, jwk) => {
    expect(() => tokenKeyFromJwk(jwk)).toThrow(OptionError);
  });

  it('a JSON Web Key is published without a private member, with kid, alg and use', () => {
    expect(Object.keys(publicJwk(keys.ES256)).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(Object.keys(publicJwk(keys.RS256)).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(() => publicJwk(keys.HS256)).toThrow(/public/);
    expect(tokenKeyFromJwk(publicJwk(keys.RS256)).kid).toBe(keys.RS256.kid);
  });

  it('a JSON Web Key is bound to the algorithm of its kind', () => {
    expect(() => tokenKey('x', 'RS256', keys.ES256.key)).toThrow(OptionError);
    expect(() => tokenKey('x', 'ES256', keys.RS256.key)).toThrow(OptionError);
    expect(() => tokenKey('x', 'HS256', keys.RS256.key)).toThrow(OptionError);
    expect(() => tokenKey('x', 'RS256', keys.HS256.key)).toThrow(OptionError);
  });
});

/** A modulus as the generator of CVE-2017-15361 makes them: a power of 65537 modulo each small prime. */
function guessableModulus(): string {
  const primes = Array.from({ length: 166 }, (_, at) => at + 2).filter(
    (n) => ![2, 3, 5, 7, 11].some((p) => n !== p && n % p === 0),
  );
  const product = primes.reduce((product, prime) => product * BigInt(prime), 1n);
  const n = 65537n + product * ((1n << 2047n) / product + 1n);
  return Buffer.from(n.toString(16).padStart(512, '0'), 'hex').toString('base64url');
}

it('an RSA key that can be factored is refused, and the same key is taken with another modulus', () => {
  const n = guessableModulus();
  expect(() => tokenKeyFromJwk({ ...rsa, n })).toThrow(/CVE-2017-15361/);
  expect(tokenKeyFromJwk({ ...rsa, n: n.replace(/.{6}$/, 'AAAABQ') })).toBeDefined();
});

describe('a published key set', () => {
  const entry = (kid: string, jwk: JsonWebKey = ec) => ({ ...jwk, kid });

  it('a published key set leaves out what it does not understand and keeps the rest', () => {
    const strangers = [
      null,
      1,
      {},
      { kty: 'OKP', kid: 'ed' },
      entry('enc', { ...rsa, use: 'enc' }),
      entry('small', weak(1024)),
    ];
    expect([...readKeySet({ keys: [...strangers, entry('a'), entry('b', rsa)] }).keys()]).toEqual(['a', 'b']);
  });

  it.each([
    ['no list', { keys: {} }],
    ['no object', []],
    ['one kid twice', { keys: [entry('a'), entry('a', rsa)] }],
    ['one kid twice, once of a kind that is left out', { keys: [entry('a'), { kty: 'OKP', kid: 'a' }] }],
    ['a private key', { keys: [entry('a'), { ...entry('b'), d: 'x' }] }],
    ['a secret', { keys: [entry('a'), { kty: 'oct', k: 'x', kid: 'b' }] }],
  ])('a published key set is refused whole: %s', (_, document) => {
    expect(() => readKeySet(document)).toThrow(OptionError);
  });
});
