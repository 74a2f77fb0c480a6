import { createTokenVerifier, type IssuerOptions } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import {
  AUDIENCE,
  accepted,
  claims,
  craft,
  header,
  ISSUER,
  input,
  keys,
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
    [{ iat: now + 3, exp: now + 3 }, 'token: lifetime'],
    [{ nbf: 0 }, 'accepted'],
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

describe('identifiers and audiences have a bound', () => {
  const judged = (changes: Record<string, unknown>) => reasonOf(verify(craft(header(), { ...claims(), ...changes })));
  const names = (count: number) => [AUDIENCE, ...Array.from({ length: count - 1 }, (_, at) => `other-${at}`)];

  it('a jti of 512 characters is the longest', () => {
    expect(judged({ jti: 'x'.repeat(512) })).toBe('accepted');
    expect(judged({ jti: 'x'.repeat(513) })).toBe('token: jti');
  });

  it('64 audiences are the most', () => {
    expect(judged({ aud: names(64) })).toBe('accepted');
    expect(judged({ aud: names(65) })).toBe('token: aud');
  });
});

describe('a verified token', () => {
  const RESOURCE = 'https://api.example/mcp';
  const verifyFor = (resources: readonly string[], issuer: Partial<IssuerOptions> = {}) =>
    createTokenVerifier({
      issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: [keys.ES256], accepts: 'own', ...issuer }],
      resources: new Set(resources),
      clock: () => NOW,
    });
  const seen = async (verifyToken: ReturnType<typeof verifyFor>, changes: Record<string, unknown>) => {
    const outcome = await verifyToken(craft(header(), { ...claims(), ...changes }), NOW);
    return outcome.allowed ? outcome.value.claims : reasonOf(outcome);
  };

  it('a verified token has the claims that it was made with', () => {
    const given: Record<string, unknown> = { ...claims(), jti: 'the id' };
    expect(accepted(verify(craft(header(), given))).claims).toMatchObject({
      issuer: ISSUER,
      subject: given.sub,
      tokenId: 'the id',
      issuedAt: now,
      expiresAt: now + 3600,
    });
    expect(accepted(verify(craft(header(), given))).claims).not.toHaveProperty('audience');
  });

  it('a token names its audience where there are protected resources, and says whether that is this service', async () => {
    const verifyToken = verifyFor([RESOURCE]);
    expect(await seen(verifyToken, { aud: RESOURCE })).toMatchObject({
      audience: { names: [RESOURCE], isForUs: false },
    });
    expect(await seen(verifyToken, { aud: ['billing', RESOURCE, AUDIENCE] })).toMatchObject({
      audience: { names: ['billing', RESOURCE, AUDIENCE], isForUs: true },
    });
    expect(await seen(verifyToken, { aud: 'https://api.example/other' })).toBe('token: aud');
    expect(await seen(verifyFor([]), { aud: RESOURCE })).toBe('token: aud');
  });
});

describe('a token whose audience is in another claim', () => {
  const verifyBy = createTokenVerifier({
    issuers: [
      {
        ...{ issuer: ISSUER, audience: AUDIENCE, audienceClaim: 'client_id', keys: [keys.ES256] },
        accepts: { permissions: [], organizations: 'all' },
      },
    ],
    clock: () => NOW,
  });
  const judged = async ({ aud: _, ...others }: Record<string, unknown>, changes: Record<string, unknown>) =>
    reasonOf(await verifyBy(craft(header(), { ...others, token_use: 'access', ...changes }), NOW));

  it.each([
    [{ client_id: AUDIENCE }, 'accepted'],
    [{ client_id: 'another' }, 'token: client_id'],
    [{}, 'token: client_id'],
    [{ client_id: AUDIENCE, aud: AUDIENCE }, 'accepted'],
    [{ client_id: AUDIENCE, aud: 'another' }, 'token: aud'],
    [{ client_id: 'another', aud: AUDIENCE }, 'token: client_id'],
  ])('a token with %j is judged: %s', async (changes, expected) => {
    expect(await judged(claims(), changes)).toBe(expected);
  });
});

describe('a token of another issuer', () => {
  const verifyWith = (options: Partial<IssuerOptions>) =>
    createTokenVerifier({
      issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: [keys.ES256], ...options }],
      clock: () => NOW,
    });
  const nothing = { permissions: [], organizations: 'all' as const };
  const something = { ...nothing, permissions: ['dr.list'] };
  const subject = claims().sub;

  it.each<[string, Partial<IssuerOptions>]>([
    ['nothing', { accepts: nothing }],
    ['a permission', { accepts: something }],
    ['rights by a function', { accepts: something, rights: () => ({}) }],
  ])(
    'a token of another issuer that is given %s keeps its identity, and has no claims of our own',
    async (_, options) => {
      const outcome = await verifyWith(options)(craft(header(), claims()), NOW);
      expect(outcome.allowed && outcome.value.claims).toMatchObject({ issuer: ISSUER, subject });
      expect(outcome.allowed && outcome.value.claims.own).toBeUndefined();
    },
  );

  it('rights of a token of another issuer are read if one permission or one flair is accepted', async () => {
    const read = async (accepts: Partial<typeof something> & { readonly flairs?: readonly ['segment'] }) => {
      const outcome = await verifyWith({ accepts: { ...nothing, ...accepts } })(craft(header(), claims()), NOW);
      return outcome.allowed && outcome.value.claims.rights !== undefined;
    };
    expect(await read({})).toBe(false);
    expect(await read({ permissions: ['dr.list'] })).toBe(true);
    expect(await read({ flairs: ['segment'] })).toBe(true);
    expect(await read({ permissions: ['dr.list'], flairs: ['segment'] })).toBe(true);
  });
});

describe('the size of a token', () => {
  it('a token of exactly the limit is read, and a longer one is not', async () => {
    const text = craft(header(), claims());
    const limited = (maxTokenBytes: number) =>
      createTokenVerifier({
        issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: [keys.ES256], accepts: 'own' }],
        maxTokenBytes,
        clock: () => NOW,
      })(text, NOW);
    expect((await limited(text.length)).allowed).toBe(true);
    expect(await limited(text.length - 1)).toMatchObject({ code: 'ERR_TOKEN_TOO_LARGE' });
  });
});
