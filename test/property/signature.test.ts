import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { isForeignSignature, isOwnSignature, tokenKey, verifyJws } from '@flairgate/core/internal';
import type { Algorithm, TokenKey } from '@flairgate/core/tokens';
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

const pairs: Readonly<Record<Algorithm, Pair>> = {
  HS256: { verifies: tokenKey('a-secret', 'HS256', secret), signs: secret },
  ES256: { verifies: tokenKey('an-ec-key', 'ES256', ec.publicKey), signs: ec.privateKey },
  RS256: { verifies: tokenKey('an-rsa-key', 'RS256', rsa.publicKey), signs: rsa.privateKey },
};

function signed(algorithm: Algorithm, claims: object): string {
  const { verifies, signs } = pairs[algorithm];
  return jsonwebtoken.sign(claims, signs, { algorithm, keyid: verifies.kid });
}

/** The verdict of both verifiers, for our own tokens and for those of other issuers. They must agree. */
function ours(text: string, { verifies }: Pair): boolean {
  const [own, foreign] = [isOwnSignature, isForeignSignature].map((test) => verifyJws(text, [verifies], test).allowed);
  if (own !== foreign) throw new Error(`own ${own}, foreign ${foreign}: ${text}`);
  return own === true;
}

/** The oracle: the same key and algorithm, in the most used library. */
function theirs(text: string, { verifies }: Pair): boolean {
  try {
    jsonwebtoken.verify(text, verifies.key, { algorithms: [verifies.algorithm] });
    return true;
  } catch {
    return false;
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const claims = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ maxLength: 40 }), { maxKeys: 6 });

describe.each(['HS256', 'ES256', 'RS256'] as const)('a %s signature', (algorithm) => {
  const pair = pairs[algorithm];

  it('a signature of jsonwebtoken holds here, over any claims', () => {
    fc.assert(
      fc.property(claims, (said) => {
        const text = signed(algorithm, { said });
        expect([ours(text, pair), theirs(text, pair)]).toEqual([true, true]);
      }),
      { numRuns: runs(200) },
    );
  });

  it('a signature over a text with one character changed, moved or lost holds for neither', () => {
    const text = signed(algorithm, { sub: 'someone', perms: ['dr.list'] });
    const change = fc.record({
      at: fc.nat(text.length - 1),
      to: fc.constantFrom('', '.', ...ALPHABET, 'AA'),
    });
    fc.assert(
      fc.property(change, ({ at, to }) => {
        const changed = text.slice(0, at) + to + text.slice(at + 1);
        fc.pre(changed !== text);
        const verdict = ours(changed, pair);
        expect(verdict).toBe(false);
        // A second spelling of the same bytes is the one thing that jsonwebtoken lets through.
        if (theirs(changed, pair)) expect(bytesOf(changed)).toEqual(bytesOf(text));
      }),
      { numRuns: runs(2000) },
    );
  });

  it('a signature of another key, or a part of it, holds for neither', () => {
    const text = signed(algorithm, { sub: 'someone' });
    const start = text.lastIndexOf('.') + 1;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (noise, kept) => {
        const right = Buffer.from(text.slice(start), 'base64url');
        const signature = Buffer.concat([right.subarray(0, kept), noise]);
        fc.pre(!signature.equals(right));
        const forged = text.slice(0, start) + signature.toString('base64url');
        expect([ours(forged, pair), theirs(forged, pair)]).toEqual([false, false]);
      }),
      { numRuns: runs(500) },
    );
  });
});

it('a signature under the name of another algorithm holds for no key', () => {
  for (const [name, pair] of Object.entries(pairs)) {
    for (const alg of ['none', 'HS256', 'ES256', 'RS256', 'PS256']) {
      const [, payload = '', signature = ''] = signed(pair.verifies.algorithm, { sub: 'someone' }).split('.');
      const header = Buffer.from(JSON.stringify({ alg, typ: 'JWT', kid: pair.verifies.kid })).toString('base64url');
      expect(ours(`${header}.${payload}.${signature}`, pair), `${name} as ${alg}`).toBe(name === alg);
    }
  }
});

const bytesOf = (text: string): readonly Buffer[] => text.split('.').map((part) => Buffer.from(part, 'base64url'));
