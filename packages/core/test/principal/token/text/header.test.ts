import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  base64url,
  claims,
  craft,
  header,
  hmac,
  input,
  keys,
  mint,
  reasonOf,
  signers,
  verifier,
} from '../token-fixture.js';

const verify = verifier();

describe('an algorithm or key the token chooses is refused', () => {
  const spki = keys.RS256.key.export({ type: 'spki', format: 'pem' }).toString();
  const pkcs1 = keys.RS256.key.export({ type: 'pkcs1', format: 'pem' }).toString();
  const jwk = keys.RS256.key.export({ format: 'jwk' });
  const secrets = {
    spki,
    trimmed: spki.trim(),
    led: `\n${spki}`,
    pkcs1,
    jwk: JSON.stringify(jwk),
    n: jwk.n ?? '',
    '': '',
  };

  it.each(Object.entries(secrets))('a MAC keyed by the public key is refused (%s)', (_, secret) => {
    for (const kid of [keys.RS256.kid, hmac.kid, '', '__proto__', 'constructor', 'toString', undefined]) {
      const signed = `${base64url({ alg: 'HS256', typ: 'at+jwt', kid })}.${base64url(claims())}`;
      const mac = createHmac('sha256', secret).update(signed).digest('base64url');
      expect(reasonOf(verify(`${signed}.${mac}`))).toMatch(/^token: (alg|kid|unknown key)$/);
    }
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'hs256', 'HS256', 'RS512', 'PS256', 'ES384', 'EdDSA'])(
    'a header with alg %j is refused',
    (alg) => {
      const [head, payload, signature] = craft({ ...header(), alg }, claims()).split('.');
      expect(reasonOf(verify(`${head}.${payload}.${signature}`))).toBe('token: alg');
      expect(reasonOf(verify(`${head}.${payload}.`))).toBe('token: base64url');
    },
  );

  it('an RS256 signature under the kid of an ES256 key is refused', () => {
    expect(reasonOf(verify(craft({ ...header(signers.RS256), kid: keys.ES256.kid }, claims(), signers.RS256)))).toBe(
      'token: alg',
    );
  });

  it('a different key with a known kid is refused', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(reasonOf(verify(craft(header(), claims(), { ...signers.ES256, key: privateKey })))).toBe('token: signature');
  });

  it('a signature of a different length is refused', () => {
    const signed = mint(input()).replace(/\.[^.]*$/, '');
    for (const bytes of [1, 63, 65, 128]) {
      expect(reasonOf(verify(`${signed}.${base64url(Buffer.alloc(bytes, 1))}`))).toBe('token: signature');
    }
  });
});

describe('a header member that could steer a verifier is refused though it is signed', () => {
  const own = keys.ES256.key.export({ format: 'jwk' });
  const members: readonly [string, unknown][] = [
    ['crit', []],
    ['crit', ['exp']],
    ['crit', ['b64']],
    ['b64', false],
    ['b64', true],
    ['zip', 'DEF'],
    ['jku', 'https://evil.example/jwks.json'],
    ['jwk', own],
    ['x5u', 'https://evil.example/cert'],
    ['x5c', ['MII']],
    ['x5t', 'abc'],
    ['cty', 'JWT'],
    ['__proto__', {}],
    ['constructor', 1],
    ['', 1],
  ];
  it.each(members)(
    'a header member that could steer a verifier is refused though it is signed: %s as %j',
    (name, value) => {
      const text = JSON.stringify(header()).replace(/}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`);
      expect(reasonOf(verify(craft(text, claims())))).toBe('token: header member');
    },
  );

  it.each([undefined, null, '', 1, [], {}, 'JWT', 'jwt', 'at+jwt ', 'id_token', 'dpop+jwt'])(
    'a header with typ %j is refused',
    (typ) => {
      expect(reasonOf(verify(craft({ ...header(), typ }, claims())))).toBe('token: typ');
    },
  );

  it.each([undefined, null, '', 1, [], ['an-ec-key'], {}, 'k'.repeat(257)])(
    'a header with kid %j is refused',
    (kid) => {
      expect(reasonOf(verify(craft({ ...header(), kid }, claims())))).toBe('token: kid');
    },
  );

  it.each(['an-ec-key ', 'AN-EC-KEY', '../an-ec-key', "' OR 1=1 --", '__proto__'])(
    'a header with kid %j finds no key',
    (kid) => {
      expect(reasonOf(verify(craft({ ...header(), kid }, claims())))).toBe('token: unknown key');
    },
  );
});
