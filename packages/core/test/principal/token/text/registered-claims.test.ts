import { describe, expect, it } from 'vitest';
import {
  AUDIENCE,
  claims,
  craft,
  header,
  ISSUER,
  input,
  mint,
  NOW,
  now,
  reasonOf,
  verifier,
} from '../token-fixture.js';

const verify = verifier();

describe('a token that is bound to a key', () => {
  const bindings = [{ jkt: 'thumbprint' }, { 'x5t#S256': 'thumbprint' }, { jwk: {} }, {}, null, '', 0, false];
  it.each(bindings)('a token with the claim cnf as %j is no bearer token', (cnf) => {
    expect(reasonOf(verify(craft(header(), { ...claims(), cnf })))).toBe('token: cnf');
  });
});

describe('claims are judged whole', () => {
  const texts = [undefined, null, '', 0, 1, true, [], {}, 'x'.repeat(513), 'a\u0000b', '\ud800'];
  const cases: readonly [string, readonly unknown[]][] = [
    ['iss', [...texts, [ISSUER], `${ISSUER}/`, ISSUER.slice(0, -1), `x${ISSUER}`, ISSUER.toUpperCase()]],
    [
      'aud',
      [
        ...texts,
        [''],
        ['billing'],
        [1],
        [AUDIENCE, 1],
        [[AUDIENCE]],
        `${AUDIENCE} `,
        { 0: AUDIENCE },
        'a'.repeat(5000),
      ],
    ],
    ['sub', texts],
    ['jti', texts],
    ['iat', [undefined, null, '', `${now}`, 1.5, -1, true, [], {}, Number.MAX_VALUE]],
    ['exp', [undefined, null, '', `${now + 60}`, now + 0.5, -1, true, [], {}, Number.MAX_VALUE]],
    ['nbf', [null, '', `${now}`, now + 0.5, true, [], {}]],
  ];
  it.each(cases.flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    'a token is refused with the claim %s as %j',
    (name, value) => {
      expect(reasonOf(verify(craft(header(), { ...claims(), [name]: value })))).toMatch(
        /^token: (iss|aud|sub|jti|iat|exp|nbf)$/,
      );
    },
  );

  it.each(['1e999', '-1e999', '1e30'])('a token with exp written as %s is refused', (text) => {
    const payload = JSON.stringify(claims()).replace(`"exp":${now + 3600}`, `"exp":${text}`);
    expect(reasonOf(verify(craft(header(), payload)))).toBe('token: exp');
  });

  const times: readonly [Record<string, number>, string][] = [
    [{ exp: now + 1 }, 'accepted'],
    [{ iat: now - 60, exp: now }, 'token: expired'],
    [{ iat: now - 60, exp: now - 1 }, 'token: expired'],
    [{ iat: now + 5 }, 'accepted'],
    [{ iat: now + 6, exp: now + 60 }, 'token: issued in the future'],
    [{ iat: now + 86400, exp: now + 86500 }, 'token: issued in the future'],
    [{ exp: now + 3601 }, 'token: lifetime'],
    [{ exp: (now + 3600) * 1000 }, 'token: lifetime'],
    [{ iat: now + 3, exp: now + 2 }, 'token: lifetime'],
    [{ nbf: now + 5 }, 'accepted'],
    [{ nbf: now + 6 }, 'token: not yet valid'],
  ];
  it.each(times)('a token is judged by its times: %j', (changes, expected) => {
    expect(reasonOf(verify(craft(header(), { ...claims(), ...changes })))).toBe(expected);
  });

  it('a token dies at exp to the millisecond, and with a clock that gives no number', () => {
    const jwt = mint(input({ expiresAt: now + 10 }));
    expect(reasonOf(verify(jwt, NOW + 9999))).toBe('accepted');
    expect(reasonOf(verify(jwt, NOW + 10_000))).toBe('token: expired');
    expect(reasonOf(verify(jwt, Number.NaN))).toBe('token: clock');
  });

  it('a wrong signature is refused as such, whatever the claims say', () => {
    const jwt = craft(header(), { ...claims(), exp: 1, aud: 'x' });
    expect(reasonOf(verify(jwt.replace(/\.[^.]*$/, `.${'A'.repeat(86)}`)))).toBe('token: signature');
  });
});
