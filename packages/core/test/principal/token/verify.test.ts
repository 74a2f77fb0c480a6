import { createHmac, generateKeyPairSync } from 'node:crypto';
import {
  createHmacTokenKey,
  createTokenVerifier,
  type IssuerOptions,
  type KeySource,
  type TokenKey,
  tokenKey,
  UnavailableError,
} from '@flairgate/core';
import { describe, expect, it } from 'vitest';
import {
  AUDIENCE,
  accepted,
  base64url,
  claims,
  craft,
  header,
  hmac,
  ISSUER,
  input,
  keys,
  mint,
  NOW,
  now,
  reasonOf,
  signers,
  signParts,
  verifier,
} from './setting.js';

const verify = verifier();

describe('a token that is right', () => {
  it.each(['ES256', 'RS256'] as const)('is accepted with %s', (algorithm) => {
    const { claims: said } = accepted(verify(mint(input(), signers[algorithm])));
    expect(said.subject).toBe(input().subject);
    expect(said.signingKey).toBe(signers[algorithm].kid);
  });

  it('is accepted with HS256, where the issuer has a secret', () => {
    expect(accepted(verifier({ keys: [hmac] })(mint(input(), hmac))).claims.signingKey).toBe(hmac.kid);
  });

  it('is accepted a hundred times over', () => {
    const jwt = mint(input());
    for (let time = 0; time < 100; time += 1) expect(verify(jwt).allowed).toBe(true);
  });

  it('may have several audiences and no letter case in its type', () => {
    expect(reasonOf(verify(craft(header(), { ...claims(), aud: ['billing', AUDIENCE] })))).toBe('accepted');
    expect(reasonOf(verify(craft({ ...header(), typ: 'application/AT+JWT' }, claims())))).toBe('accepted');
  });
});

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

  it.each(Object.entries(secrets))('a MAC keyed by the public key (%s)', (_, secret) => {
    for (const kid of [keys.RS256.kid, hmac.kid, '', '__proto__', 'constructor', 'toString', undefined]) {
      const signed = `${base64url({ alg: 'HS256', typ: 'at+jwt', kid })}.${base64url(claims())}`;
      const mac = createHmac('sha256', secret).update(signed).digest('base64url');
      expect(reasonOf(verify(`${signed}.${mac}`))).toMatch(/^token: (alg|kid|unknown key)$/);
    }
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'hs256', 'HS256', 'RS512', 'PS256', 'ES384', 'EdDSA'])(
    'alg %j',
    (alg) => {
      const [head, payload, signature] = craft({ ...header(), alg }, claims()).split('.');
      expect(reasonOf(verify(`${head}.${payload}.${signature}`))).toBe('token: alg');
      expect(reasonOf(verify(`${head}.${payload}.`))).toBe('token: base64url');
    },
  );

  it('an RS256 signature under the kid of an ES256 key', () => {
    expect(reasonOf(verify(craft({ ...header(signers.RS256), kid: keys.ES256.kid }, claims(), signers.RS256)))).toBe(
      'token: alg',
    );
  });

  it('another key behind a known kid', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(reasonOf(verify(craft(header(), claims(), { ...signers.ES256, key: privateKey })))).toBe('token: signature');
  });

  it('a signature of another length', () => {
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
  it.each(members)('%s: %j', (name, value) => {
    const text = JSON.stringify(header()).replace(/}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`);
    expect(reasonOf(verify(craft(text, claims())))).toBe('token: header member');
  });

  it.each([undefined, null, '', 1, [], {}, 'JWT', 'jwt', 'at+jwt ', 'id_token', 'dpop+jwt'])('typ %j', (typ) => {
    expect(reasonOf(verify(craft({ ...header(), typ }, claims())))).toBe('token: typ');
  });

  it.each([undefined, null, '', 1, [], ['an-ec-key'], {}, 'k'.repeat(257)])('kid %j', (kid) => {
    expect(reasonOf(verify(craft({ ...header(), kid }, claims())))).toBe('token: kid');
  });

  it.each(['an-ec-key ', 'AN-EC-KEY', '../an-ec-key', "' OR 1=1 --", '__proto__'])('kid %j is of no key', (kid) => {
    expect(reasonOf(verify(craft({ ...header(), kid }, claims())))).toBe('token: unknown key');
  });
});

describe('the form is strict', () => {
  it.each([
    ['', 'three parts'],
    ['a', 'three parts'],
    ['a.b', 'three parts'],
    ['a.b.c.d', 'three parts'],
    ['.'.repeat(8000), 'three parts'],
    ['{"payload":"e30","signatures":[]}', 'three parts'],
    ['..', 'base64url'],
    ['.e30.AAAA', 'header'],
  ])('%j', (text, reason) => {
    expect(reasonOf(verify(text.slice(0, 8192)))).toContain(reason);
  });

  it('pads, spaces, other alphabets and set unused bits are refused', () => {
    const jwt = mint(input());
    const [head = '', payload = '', signature = ''] = jwt.split('.');
    const texts = [`${jwt}=`, `${jwt}==`, ` ${jwt}`, `${jwt}\n`, `${head}.${payload}.${signature.slice(0, -1)}+`];
    for (const text of texts) expect(reasonOf(verify(text))).toBe('token: base64url');
    const last = signature.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...alphabet].filter((one) => verify(jwt.slice(0, -1) + one).allowed);
    expect(spellings).toEqual([last]);
  });

  it('a payload part that is not canonical is refused though exactly that text is signed', () => {
    const payload = base64url(JSON.stringify(claims()).padEnd(Math.ceil(JSON.stringify(claims()).length / 3) * 3 + 1));
    const wrong = payload.slice(0, -1) + String.fromCharCode((payload.at(-1) ?? 'A').charCodeAt(0) + 1);
    expect(Buffer.from(wrong, 'base64url')).toEqual(Buffer.from(payload, 'base64url'));
    expect(reasonOf(verify(signParts(base64url(header()), payload)))).toBe('accepted');
    expect(reasonOf(verify(signParts(base64url(header()), wrong)))).toBe('token: base64url');
  });

  it.each([
    ['a text', '"admin"'],
    ['a number', '1'],
    ['true', 'true'],
    ['null', 'null'],
    ['an array', '[]'],
    ['plain text', 'hello'],
    ['nothing', ''],
    ['a byte-order mark', `\ufeff${JSON.stringify({})}`],
    ['something after the object', '{}{}'],
    ['a comma too many', '{"a":1,}'],
    ['33 arrays in one another', `{"a":${'['.repeat(33)}${']'.repeat(33)}}`],
  ])('a payload that is %s', (_, payload) => {
    for (const typ of ['at+jwt', 'JWT']) {
      expect(reasonOf(verify(craft({ ...header(), typ }, payload)))).toMatch(/^token: (payload|base64url)$/);
    }
  });

  it('a payload that is not UTF-8', () => {
    const bytes = Buffer.from(JSON.stringify({ ...claims(), email: 'x\u00ff' }), 'latin1');
    expect(reasonOf(verify(craft(header(), bytes)))).toBe('token: payload');
  });

  it.each([
    ['{"sub":"other",', 'in front'],
    ['{"\\u0073ub":"other",', 'escaped'],
    ['{"x":{"a":1,"a":2},', 'inside another'],
    ['{"x":[{"a:\\"":1,"a:\\"" : 2}],', 'with a quote and a colon in its name'],
    ['{"__proto__":{},"__proto__":{},', 'called __proto__'],
  ])('a member that stands twice: %s (%s)', (start) => {
    const text = JSON.stringify(claims()).replace('{', start);
    expect(JSON.parse(text)).toBeTruthy();
    expect(reasonOf(verify(craft(header(), text)))).toBe('token: payload');
    expect(reasonOf(verify(craft('{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"an-ec-key"}', claims())))).toBe(
      'token: header',
    );
  });

  it('names, texts and colons that only look like a second member are no second member', () => {
    const text = JSON.stringify({ ...claims(), 'a:b': '"c":', x: [{ a: 1 }, { a: 2 }], '\\"': '\\' }, null, 2);
    expect(reasonOf(verify(craft(header(), text)))).toBe('accepted');
  });

  it('a token that is too large is refused before it is read, with size, limit and remedy', () => {
    const outcome = verify('x'.repeat(8193));
    expect(outcome).toMatchObject({ code: 'ERR_TOKEN_TOO_LARGE', members: { bytes: 8193, limit: 8192 } });
    expect(outcome).toHaveProperty('detail', expect.stringContaining('add oid'));
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
  it.each(cases.flatMap(([name, values]) => values.map((value) => [name, value] as const)))('%s: %j', (name, value) => {
    expect(reasonOf(verify(craft(header(), { ...claims(), [name]: value })))).toMatch(
      /^token: (iss|aud|sub|jti|iat|exp|nbf)$/,
    );
  });

  it.each(['1e999', '-1e999', '1e30'])('exp written as %s', (text) => {
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
  it.each(times)('%j', (changes, expected) => {
    expect(reasonOf(verify(craft(header(), { ...claims(), ...changes })))).toBe(expected);
  });

  it('dies at exp to the millisecond, and with a clock that gives no number', () => {
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

describe('several issuers', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const theirKey = tokenKey(keys.ES256.kid, 'ES256', other.publicKey);
  const theirSigner = { ...signers.ES256, key: other.privateKey };
  const theirs: IssuerOptions = {
    issuer: 'https://other.example',
    audience: 'us-at-theirs',
    keys: [theirKey],
    types: ['JWT', ''],
    requireJti: false,
    maxTokenSeconds: 86_400,
    ignoredHeaderMembers: ['x5t'],
  };
  const both = (changes: Partial<IssuerOptions> = {}) => {
    const ours: IssuerOptions = { issuer: ISSUER, audience: AUDIENCE, keys: [keys.ES256], accepts: 'own' };
    const verifyBoth = createTokenVerifier({ issuers: [ours, { ...theirs, ...changes }], clock: () => NOW });
    return (text: string) => {
      const outcome = verifyBoth(text, NOW);
      if (outcome instanceof Promise) throw new Error('expected an answer at once');
      return outcome;
    };
  };
  const foreign = { iss: theirs.issuer, aud: 'us-at-theirs', sub: 'alice', iat: now, exp: now + 80_000 };
  const head = { ...header(), typ: 'JWT', x5t: 'abc' };

  it('each has its own keys, though both use one kid', () => {
    expect(reasonOf(both()(mint(input())))).toBe('accepted');
    expect(reasonOf(both()(craft(head, foreign, theirSigner)))).toBe('accepted');
    expect(reasonOf(both()(craft(head, foreign, signers.ES256)))).toBe('token: signature');
    expect(reasonOf(both()(craft(header(), claims(), theirSigner)))).toBe('token: signature');
  });

  it('each has its own rules', () => {
    expect(reasonOf(both()(craft(head, claims())))).toBe('token: header member');
    expect(reasonOf(both()(craft({ ...head, x5t: undefined, typ: 'at+jwt' }, foreign, theirSigner)))).toBe(
      'token: typ',
    );
    expect(reasonOf(both()(craft({ ...head, typ: undefined }, foreign, theirSigner)))).toBe('accepted');
    expect(reasonOf(both()(craft(head, { ...foreign, aud: AUDIENCE }, theirSigner)))).toBe('token: aud');
    expect(reasonOf(both()(craft(head, { ...foreign, exp: now + 86_401 }, theirSigner)))).toBe('token: lifetime');
  });

  it('another issuer grants nothing unless it may, whatever its claims say', () => {
    const { claims: said, rights } = accepted(both()(craft(head, { ...claims(), ...foreign }, theirSigner)));
    expect(rights.organizations).toEqual([]);
    expect(said.own).toBeUndefined();
    const azure = { ...foreign, oid: 'not ours to read', kid: 7 };
    expect(reasonOf(both()(craft(head, azure, theirSigner)))).toBe('accepted');
  });

  it('another issuer grants what it may and no more', () => {
    const [oid] = claims().oid as string[];
    const accepts = { permissions: ['dr.list', 'user.ctrl'], flairs: [], organizations: [oid ?? ''] };
    const { rights } = accepted(both({ accepts })(craft(head, { ...claims(), ...foreign }, theirSigner)));
    expect(rights.in(oid ?? '')).toEqual({ permissions: ['dr.list'], flairs: [] });
    const elsewhere = { ...accepts, organizations: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'] };
    expect(
      accepted(both({ accepts: elsewhere })(craft(head, { ...claims(), ...foreign }, theirSigner))).rights
        .organizations,
    ).toEqual([]);
  });
});

describe('keys that are not known yet', () => {
  const source = (refresh: KeySource['refresh'], found: () => TokenKey | undefined): KeySource => ({
    algorithms: ['ES256'],
    find: () => found(),
    ...(refresh === undefined ? {} : { refresh }),
  });
  const make = (keySource: KeySource, clock = () => NOW) =>
    createTokenVerifier({ issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: keySource, accepts: 'own' }], clock });

  it('are waited for', async () => {
    let key: TokenKey | undefined;
    const verifyLater = make(
      source(
        async () => {
          key = keys.ES256;
        },
        () => key,
      ),
    );
    const outcome = verifyLater(mint(input()), NOW);
    expect(outcome).toBeInstanceOf(Promise);
    expect(reasonOf(await outcome)).toBe('accepted');
    expect(verifyLater(mint(input()), NOW)).not.toBeInstanceOf(Promise);
  });

  it('refuse the token when they still are not known', async () => {
    expect(
      reasonOf(
        await make(
          source(
            async () => undefined,
            () => undefined,
          ),
        )(mint(input()), NOW),
      ),
    ).toBe('token: unknown key');
    expect(
      reasonOf(
        await make(
          source(
            () => undefined,
            () => undefined,
          ),
        )(mint(input()), NOW),
      ),
    ).toBe('token: unknown key');
  });

  it('are a fault, never a refusal, when they cannot be had', async () => {
    const down = source(
      () => Promise.reject(new UnavailableError('key-set', new Error('down'))),
      () => undefined,
    );
    await expect(make(down)(mint(input()), NOW)).rejects.toThrow(UnavailableError);
  });

  it('do not keep a token alive that ends while they are fetched', async () => {
    let clock = NOW;
    let key: TokenKey | undefined;
    const slow = source(
      async () => {
        clock += 60_000;
        key = keys.ES256;
      },
      () => key,
    );
    expect(reasonOf(await make(slow, () => clock)(mint(input({ expiresAt: now + 60 })), NOW))).toBe('token: expired');
  });

  it('of an algorithm the issuer does not use are refused', () => {
    const mixed = source(undefined, () => hmac);
    expect(reasonOf(make(mixed)(mint(input(), hmac), NOW) as never)).toBe('token: alg');
  });
});

describe('options are judged when the verifier is made', () => {
  const issuer: IssuerOptions = { issuer: ISSUER, audience: AUDIENCE, keys: [keys.ES256] };
  const cases: readonly [string, Record<string, unknown>, RegExp][] = [
    ['a misspelt option', { audiense: 'x' }, /audiense.*audience/],
    ['no issuer', { issuer: '' }, /issuer/],
    ['no audience', { audience: [] }, /audience/],
    ['no keys', { keys: [] }, /at least one/],
    ['missing keys', { keys: undefined }, /keys/],
    ['one kid twice', { keys: [keys.ES256, keys.ES256] }, /twice/],
    ['a secret beside a public key', { keys: [keys.ES256, hmac] }, /never both/],
    ['algorithms of both kinds', { algorithms: ['ES256', 'HS256'] }, /never both/],
    ['an unknown algorithm', { algorithms: ['RS265'] }, /RS256/],
    ['alg none', { algorithms: ['none'] }, /unknown algorithm/],
    ['a tolerance of 301 seconds', { clockToleranceSeconds: 301 }, /clockToleranceSeconds/],
    ['a tolerance that is no number', { clockToleranceSeconds: Number.NaN }, /clockToleranceSeconds/],
    ['an endless lifetime', { maxTokenSeconds: Number.POSITIVE_INFINITY }, /maxTokenSeconds/],
    ['another ignored member', { ignoredHeaderMembers: ['crit'] }, /ignoredHeaderMembers/],
    ['own tokens without jti', { accepts: 'own', requireJti: false }, /requireJti/],
    ['own tokens of another type', { accepts: 'own', types: ['JWT'] }, /types/],
  ];
  it.each(cases)('%s', (_, changes, message) => {
    expect(() => createTokenVerifier({ issuers: [{ ...issuer, ...changes } as IssuerOptions] })).toThrow(message);
  });

  it('one issuer twice, none, and a misspelt option of the verifier', () => {
    expect(() => createTokenVerifier({ issuers: [issuer, issuer] })).toThrow(/twice/);
    expect(() => createTokenVerifier({ issuers: [] })).toThrow(/at least one/);
    expect(() => createTokenVerifier({ issuers: [issuer], maxBytes: 1 } as never)).toThrow(/maxTokenBytes/);
  });

  it('two secrets with one kid cannot both be keys', () => {
    const same = createHmacTokenKey('the tests share this text, 0123456789');
    expect(same.kid).toBe(hmac.kid);
    expect(() => verifier({ keys: [same, hmac] })).toThrow(/twice/);
  });
});
