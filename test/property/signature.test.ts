import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { isForeignSignature, isOwnSignature, tokenKey, verifyJws } from '@flairgate/core/internal';
import type { Algorithm, OwnAlgorithm, TokenKey } from '@flairgate/core/tokens';
import fc from 'fast-check';
import jsonwebtoken from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { runs } from '../runs.ts';

interface Pair {
  readonly verifies: TokenKey;
  readonly signs: KeyObject;
}

const secret = createSecretKey(randomBytes(32));
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const ed = generateKeyPairSync('ed25519');

const pairOf = (algorithm: Algorithm, { publicKey, privateKey }: typeof ec): Pair => ({
  verifies: tokenKey(`a key of ${algorithm}`, algorithm, publicKey),
  signs: privateKey,
});
const pairs: Readonly<Record<Algorithm, Pair>> = {
  HS256: { verifies: tokenKey('a-secret', 'HS256', secret), signs: secret },
  ES256: pairOf('ES256', ec),
  ES384: pairOf('ES384', p384),
  ES512: pairOf('ES512', p521),
  RS256: pairOf('RS256', rsa),
  RS384: pairOf('RS384', rsa),
  RS512: pairOf('RS512', rsa),
  PS256: pairOf('PS256', rsa),
  PS384: pairOf('PS384', rsa),
  PS512: pairOf('PS512', rsa),
  EdDSA: pairOf('EdDSA', ed),
  Ed25519: pairOf('Ed25519', ed),
};
const OWN: readonly Algorithm[] = ['HS256', 'ES256', 'RS256'] satisfies readonly OwnAlgorithm[];

type Edwards = 'EdDSA' | 'Ed25519';

function signed(algorithm: Algorithm, claims: object): string {
  const { verifies, signs } = pairs[algorithm];
  if (algorithm !== 'EdDSA' && algorithm !== 'Ed25519')
    return jsonwebtoken.sign(claims, signs, { algorithm, keyid: verifies.kid });
  const parts = [{ alg: algorithm, kid: verifies.kid }, claims].map((part) => Buffer.from(JSON.stringify(part)));
  const text = parts.map((part) => part.toString('base64url')).join('.');
  return `${text}.${sign(null, Buffer.from(text), signs).toString('base64url')}`;
}

/** The verdict of both verifiers, for our own tokens and for those of other issuers. They must agree where both can. */
async function ours(text: string, { verifies }: Pair): Promise<boolean> {
  const foreign = (await verifyJws(text, [verifies], isForeignSignature)).allowed;
  const own = (await verifyJws(text, [verifies], isOwnSignature)).allowed;
  if (own !== (foreign && OWN.includes(verifies.algorithm))) throw new Error(`own ${own}, foreign ${foreign}: ${text}`);
  return foreign;
}

/** The oracle: the same key and algorithm, in the most used library, or in Node where the library has none. */
function theirs(text: string, { verifies }: Pair): boolean {
  const { algorithm } = verifies;
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return verifiedByNode(text, algorithm);
  try {
    jsonwebtoken.verify(text, verifies.key, { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}

function verifiedByNode(text: string, algorithm: Edwards): boolean {
  const [header = '', payload = '', signature = '', ...more] = text.split('.');
  const said = Buffer.from(header, 'base64url').toString();
  if (more.length > 0 || !said.startsWith(`{"alg":"${algorithm}",`)) return false;
  return verify(null, Buffer.from(`${header}.${payload}`), ed.publicKey, Buffer.from(signature, 'base64url'));
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const claims = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ maxLength: 40 }), { maxKeys: 6 });

describe.each(Object.keys(pairs) as Algorithm[])('a %s signature', (algorithm) => {
  const pair = pairs[algorithm];
  /** Fewer runs of the algorithms that jose alone verifies, some of which are slow. */
  const some = (count: number) => runs(OWN.includes(algorithm) ? count : Math.ceil(count / 10));

  it('a signature of jsonwebtoken holds here, over any claims', async () => {
    await fc.assert(
      fc.asyncProperty(claims, async (said) => {
        const text = signed(algorithm, { said });
        expect([await ours(text, pair), theirs(text, pair)]).toEqual([true, true]);
      }),
      { numRuns: some(200) },
    );
  });

  it('a signature over a text with one character changed, moved or lost holds for neither', async () => {
    const text = signed(algorithm, { sub: 'someone', perms: ['dr.list'] });
    const change = fc.record({
      at: fc.nat(text.length - 1),
      to: fc.constantFrom('', '.', ...ALPHABET, 'AA'),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, to }) => {
        const changed = text.slice(0, at) + to + text.slice(at + 1);
        fc.pre(changed !== text);
        const verdict = await ours(changed, pair);
        expect(verdict).toBe(false);
        // A second spelling of the same bytes is the one thing that jsonwebtoken lets through.
        if (theirs(changed, pair)) expect(bytesOf(changed)).toEqual(bytesOf(text));
      }),
      { numRuns: some(2000) },
    );
  });

  it('a signature of another key, or a part of it, holds for neither', async () => {
    const text = signed(algorithm, { sub: 'someone' });
    const start = text.lastIndexOf('.') + 1;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(300), async (noise, kept) => {
        const right = Buffer.from(text.slice(start), 'base64url');
        const signature = Buffer.concat([right.subarray(0, kept), noise]);
        fc.pre(!signature.equals(right));
        const forged = text.slice(0, start) + signature.toString('base64url');
        expect([await ours(forged, pair), theirs(forged, pair)]).toEqual([false, false]);
      }),
      { numRuns: some(500) },
    );
  });
});

it('a signature under the name of another algorithm holds for no key', async () => {
  for (const [name, pair] of Object.entries(pairs)) {
    for (const alg of ['none', 'HS384', 'ES256K', ...Object.keys(pairs)].filter((other) => other !== name)) {
      const [, payload = '', signature = ''] = signed(pair.verifies.algorithm, { sub: 'someone' }).split('.');
      const header = Buffer.from(JSON.stringify({ alg, typ: 'JWT', kid: pair.verifies.kid })).toString('base64url');
      expect(await ours(`${header}.${payload}.${signature}`, pair), `${name} as ${alg}`).toBe(false);
    }
  }
});

const bytesOf = (text: string): readonly Buffer[] => text.split('.').map((part) => Buffer.from(part, 'base64url'));
