import { createHash, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { OptionError } from '@flairgate/core';
import { jwkThumbprint, publicJwk, readKeySet, tokenKey, tokenKeyFromJwk } from '@flairgate/core/internal';
import { createHmacTokenKey } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import { keys } from './token-fixture.js';

const ec = keys.ES256.key.export({ format: 'jwk' });
const rsa = keys.RS256.key.export({ format: 'jwk' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
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
    ['a curve for encryption', { kty: 'OKP', crv: 'X25519', x: ec.x }],
    [
      'a curve of a blockchain',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' }),
    ],
    ['no kty', { ...ec, kty: undefined }],
    ['another algorithm', { ...ec, alg: 'ES512' }],
    ['HS256 of a public key', { ...rsa, alg: 'HS256' }],
    ['none', { ...rsa, alg: 'none' }],
    ['an encryption key', { ...rsa, use: 'enc' }],
    ['a key that only signs', { ...ec, key_ops: ['sign'] }],
    ['key_ops that is a text', { ...ec, key_ops: 'verify' }],
    ['a private key', { ...ec, d: 'AAAA' }],
    ['an RSA prime', { ...rsa, p: 'AAAA' }],
    ['another curve under its algorithm', { ...p384, alg: 'ES256' }],
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

const FOREIGN = [
  ...['RS', 'PS', 'ES'].flatMap((kind) => [256, 384, 512].map((bits) => `${kind}${bits}`)),
  'EdDSA',
  'Ed25519',
];

/** Encodings of points whose order divides 8. */
const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
];

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
    expect(readKeySet({ keys: [...strangers, entry('a'), entry('b', rsa)] }).kids).toEqual(['a', 'b']);
  });

  it.each([
    ['no list', { keys: {} }],
    ['no object', []],
    ['a private key', { keys: [entry('a'), { ...entry('b'), d: 'x' }] }],
    ['a secret', { keys: [entry('a'), { kty: 'oct', k: 'x', kid: 'b' }] }],
    ['101 keys', { keys: Array.from({ length: 101 }, (_, at) => entry(`${at}`)) }],
  ])('a published key set is refused whole: %s', (_, document) => {
    expect(() => readKeySet(document)).toThrow(OptionError);
  });

  it('a published key set finds one key for an id and an algorithm, and none where it could be either of two', () => {
    const set = readKeySet({
      keys: [
        { ...rsa, kid: 'a', alg: 'RS256' },
        { ...rsa, kid: 'a', alg: 'RS512' },
        { ...rsa, kid: 'a', alg: 'RS384', use: 'enc' },
        { ...ec, kid: 'a', alg: 'RS256' },
        entry('twice'),
        entry('twice'),
        entry('once', ed),
      ],
    });
    expect([set.find('a', 'RS256'), set.find('a', 'RS512')].map((key) => key?.algorithm)).toEqual(['RS256', 'RS512']);
    expect([set.find('a'), set.find('a', 'RS384'), set.find('a', 'ES256'), set.find('twice', 'ES256')]).toEqual(
      Array(4).fill(undefined),
    );
    expect(set.find('once', 'EdDSA')?.kid).toBe('once');
    expect(set.find('once', 'Ed25519')?.algorithm).toBe('Ed25519');
  });
});

describe('the algorithms of a JSON Web Key', () => {
  it('the algorithms of a JSON Web Key are those of its kind and curve, unless it names one', () => {
    const found = (jwk: object) => {
      const set = readKeySet({ keys: [{ ...jwk, kid: 'k' }] });
      return FOREIGN.filter((name) => set.find('k', name) !== undefined);
    };
    expect(found(rsa)).toEqual(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']);
    expect(found({ ...rsa, alg: 'PS256' })).toEqual(['PS256']);
    expect(found(ec)).toEqual(['ES256']);
    expect(found(p384)).toEqual(['ES384']);
    expect(found(ed)).toEqual(['EdDSA', 'Ed25519']);
  });

  it.each(SMALL_ORDER)('an Ed25519 key of small order is refused, with either sign: %s', (point) => {
    for (const sign of [0, 0x80]) {
      const bytes = Buffer.from(point, 'hex');
      bytes.writeUInt8(bytes.readUInt8(31) | sign, 31);
      expect(() => tokenKeyFromJwk({ ...ed, x: bytes.toString('base64url') })).toThrow(OptionError);
    }
  });
});
