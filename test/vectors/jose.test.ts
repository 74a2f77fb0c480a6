import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isForeignSignature, jwkThumbprint, readKeySet, tokenKeyFromJwk } from '@flairgate/core/internal';
import type { TokenKey } from '@flairgate/core/tokens';
import { createTokenVerifier } from '@flairgate/core/tokens';
import jsonwebtoken from 'jsonwebtoken';
import { expect, it } from 'vitest';
import { describeVectors, readVectors, vectorFolder } from './folder.ts';
import {
  BARE_ACCEPTS,
  bareVerdict,
  configured,
  DIFFERENCES,
  isOurs,
  type Jwk,
  judgeSignature,
  keyOf,
  label,
  readRows,
  textOf,
  zeroKey,
} from './wycheproof.ts';

const ISSUER = 'https://vectors.example';
/** Before the examples of the RFCs expire. */
const NOW = 1_300_000_000_000;

/** True if a verifier would accept a text, as a token of another issuer or of ours. */
async function acceptsToken(keys: readonly TokenKey[], text: string): Promise<boolean> {
  return (await acceptsForeignToken(keys, text)) || acceptsOwnToken(keys, text);
}

function acceptsOwnToken(all: readonly TokenKey[], text: string): boolean {
  const keys = all.filter(({ algorithm }) => ['HS256', 'RS256', 'ES256'].includes(algorithm));
  if (keys.length === 0) return false;
  const verify = createTokenVerifier({
    issuers: [ISSUER, 'joe', 'hobbiton.example'].map((issuer) => ({ issuer, audience: 'us', keys, accepts: 'own' })),
    maxTokenBytes: 1_000_000,
  });
  const outcome = verify(text, NOW);
  if (outcome instanceof Promise) throw new Error('expected an answer at once');
  return outcome.allowed;
}

/** A verifier that would take anything these keys sign, if it were an access token. */
async function acceptsForeignToken(keys: readonly TokenKey[], text: string): Promise<boolean> {
  if (keys.some(({ algorithm }) => algorithm === 'HS256')) return false;
  const verify = createTokenVerifier({
    issuers: [ISSUER, 'joe', 'hobbiton.example'].map((issuer) => ({
      issuer,
      audience: 'us',
      keys,
      types: ['', 'JWT', 'at+jwt', 'JOSE'],
      requireJti: false,
      maxTokenSeconds: 31 * 24 * 3600,
    })),
    maxTokenBytes: 1_000_000,
  });
  return (await verify(text, NOW)).allowed;
}

async function filter<Value>(values: readonly Value[], test: (value: Value) => Promise<boolean>): Promise<Value[]> {
  const kept = await Promise.all(values.map(test));
  return values.filter((_, at) => kept[at]);
}

describeVectors('Wycheproof', () => {
  const files = ['json_web_signature', 'json_web_key', 'json_web_crypto', 'json_web_encryption'].map(readRows);
  const rows = files.flatMap((file) => file.rows);

  it('Wycheproof is read whole', () => {
    expect(files.map((file) => file.rows.length)).toEqual([401, 26, 83, 139]);
    expect(files.map((file) => file.numberOfTests)).toEqual([401, 26, 83, 139]);
  });

  it('Wycheproof has keys whose access tokens would be accepted', async () => {
    const row = rows.find(({ group }) => group.comment === 'es256');
    const jwk = row === undefined ? {} : keyOf(row.group);
    const claims = { iss: ISSUER, aud: 'us', sub: 'someone', iat: NOW / 1000, exp: NOW / 1000 + 60 };
    const key = createPrivateKey({ key: row?.group.private ?? {}, format: 'jwk' });
    const text = jsonwebtoken.sign(claims, key, { algorithm: 'ES256', keyid: jwk.kid ?? '' });
    expect(await acceptsToken(configured(jwk) ?? [], text)).toBe(true);
  });

  it('Wycheproof has no row that is accepted as an access token', async () => {
    const accepted = await filter(rows, async (row) => {
      const keys = zeroKey(row) ?? configured(keyOf(row.group));
      return keys !== undefined && (await acceptsToken(keys, textOf(row)));
    });
    expect(accepted.map(label)).toEqual([]);
  });

  it('Wycheproof has keys that no service starts with, wherever the algorithm is not ours or the key is the flaw', () => {
    const started = rows.filter((row) => !isOurs(row) && configured(keyOf(row.group)) !== undefined);
    expect(started.map(label)).toEqual([]);
    const flawed = rows.filter((row) => row.name === 'json_web_key' && row.result === 'invalid' && row.tcId !== 3);
    expect(flawed.filter((row) => configured(keyOf(row.group)) !== undefined).map(label)).toEqual([]);
  });

  it('Wycheproof agrees on every key and signature of our algorithms, but for the differences named here', async () => {
    const ours = rows.filter(isOurs);
    const differing = await filter(ours, async (row) => {
      const keys = zeroKey(row) ?? configured(keyOf(row.group));
      return (await judgeSignature(keys, textOf(row))) !== row.result;
    });
    expect(ours.length).toBeGreaterThan(300);
    expect(ours.filter((row) => row.result === 'valid').length).toBeGreaterThan(20);
    expect(differing.map(label)).toEqual(Object.keys(DIFFERENCES));
  });

  it('Wycheproof has two rows that say nothing: 367 and 370 are 357 again', () => {
    const byId = (tcId: number) => rows.find((row) => row.name === 'json_web_signature' && row.tcId === tcId)?.jws;
    expect([byId(367), byId(370)]).toEqual([byId(357), byId(357)]);
  });

  it('Wycheproof shows what plain jsonwebtoken accepts and we do not, and nothing the other way round', async () => {
    const signatures = rows.filter((row) => row.name === 'json_web_signature');
    const verdicts = await Promise.all(
      signatures.map(async (row) => {
        const ours = await judgeSignature(configured(keyOf(row.group)), textOf(row));
        return { tcId: row.tcId, ours, bare: bareVerdict(keyOf(row.group), textOf(row)) };
      }),
    );
    const explained = BARE_ACCEPTS.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
    expect(verdicts.filter(({ ours, bare }) => bare === 'valid' && ours === 'invalid').map(({ tcId }) => tcId)).toEqual(
      explained,
    );
    expect(verdicts.filter(({ ours, bare }) => bare === 'invalid' && ours === 'valid')).toEqual([]);
  });

  it('Wycheproof has key sets that are refused whole when they are published', () => {
    const sets = rows.filter((row) => row.name === 'json_web_key' && keyOf(row.group).keys !== undefined);
    const refused = sets.filter((row) => {
      try {
        return readKeySet(keyOf(row.group)).kids.every((kid) => readKeySet(keyOf(row.group)).find(kid) === undefined);
      } catch {
        return true;
      }
    });
    expect(sets.filter((row) => !refused.includes(row)).map(({ tcId }) => tcId)).toEqual([5]);
  });
});

interface Cookbook {
  readonly input?: { readonly key?: unknown; readonly alg?: unknown };
}

interface RfcExamples {
  readonly jws: readonly {
    readonly id: string;
    readonly alg: string;
    readonly key: Jwk | null;
    readonly token: string;
  }[];
  readonly jwk_thumbprint: { readonly jwk: Jwk; readonly sha256: string };
}

describeVectors('JOSE cookbook and RFC examples', () => {
  const files = readdirSync(vectorFolder('jose-cookbook'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort();
  const rfc: RfcExamples = readVectors('rfc-examples/rfc-examples.json');

  it('JOSE cookbook and RFC examples are found', () => {
    expect(files.length).toBeGreaterThanOrEqual(30);
    expect(rfc.jws).toHaveLength(4);
  });

  it.each(files)('%s has nothing that is taken as an access token', async (path) => {
    const document: Cookbook = readVectors(join('jose-cookbook', path));
    const keys = importable(document);
    for (const text of textsOf(document)) {
      for (const key of keys) expect(await acceptsToken([key], text)).toBe(false);
    }
  });

  it.each([
    ['jws/4_1.rsa_v15_signature.json', 'RS256'],
    ['jws/4_2.rsa-pss_signature.json', 'PS384'],
    ['jws/4_3.ecdsa_signature.json', 'ES512'],
    ['jws/4_4.hmac-sha2_integrity_protection.json', 'HS256'],
  ])('%s is refused though its %s signature is right', async (path, algorithm) => {
    const document: Cookbook = readVectors(join('jose-cookbook', path));
    const [key] = importable(document);
    const [text = ''] = textsOf(document).filter((each) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(each));
    expect(key?.algorithm).toBe(algorithm);
    expect(await judgeSignature(key === undefined ? undefined : [key], text)).toBe('valid');
  });

  it('the EdDSA example of the JOSE cookbook has a right signature, but names no key', async () => {
    const document: Cookbook = readVectors('jose-cookbook/curve25519/jws.json');
    const [key] = importable(document);
    const [text = ''] = textsOf(document).filter((each) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(each));
    if (key === undefined) throw new Error('no key');
    expect(key.algorithm).toBe('EdDSA');
    expect(await isForeignSignature({ text }, key)).toBe(true);
    expect(await isForeignSignature({ text: text.replace('.R', '.S') }, key)).toBe(false);
    expect(await judgeSignature([key], text)).toBe('invalid');
  });

  it.each(rfc.jws)('$id is refused though its signature is right', async ({ alg, key: jwk, token }) => {
    if (jwk === null) {
      expect(alg).toBe('none');
      return;
    }
    const key = tokenKeyFromJwk(jwk);
    expect(jsonwebtoken.verify(token, key.key, { ignoreExpiration: true })).toHaveProperty('iss', 'joe');
    expect(await acceptsToken([key], token)).toBe(false);
  });

  it('the unsecured token of the JOSE cookbook is refused by every key', async () => {
    const [unsecured] = rfc.jws.filter(({ alg }) => alg === 'none');
    for (const { key } of rfc.jws)
      if (key !== null) expect(await acceptsToken([tokenKeyFromJwk(key)], unsecured?.token ?? '')).toBe(false);
    expect(unsecured?.token).toMatch(/\.$/);
  });

  it('JOSE cookbook and RFC examples give the thumbprint of RFC 7638', () => {
    const { kty = '', n = '', e = '' } = rfc.jwk_thumbprint.jwk;
    expect(jwkThumbprint(createPublicKey({ key: { kty, n, e }, format: 'jwk' }))).toBe(rfc.jwk_thumbprint.sha256);
  });
});

/** The keys of an example that a service could be configured with, private members left out. */
function importable({ input }: Cookbook): readonly TokenKey[] {
  const found = Array.isArray(input?.key) ? input.key : [input?.key];
  return found.flatMap((jwk: unknown) => {
    if (typeof jwk !== 'object' || jwk === null) return [];
    const hidden = ['d', 'p', 'q', 'dp', 'dq', 'qi'];
    const shown = Object.fromEntries(Object.entries(jwk).filter(([name]) => !hidden.includes(name)));
    return configured({ ...shown, alg: input?.alg }) ?? configured(shown) ?? [];
  });
}

/** Every text of a document, and every object in JSON serialization as text. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(textsOf);
  return 'signature' in value || 'signatures' in value || 'ciphertext' in value
    ? [...inner, JSON.stringify(value)]
    : inner;
}
