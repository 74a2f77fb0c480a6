import { constants, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import type { Algorithm, Fetch } from '@flairgate/core/tokens';

type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

/** Key pairs of the algorithms that the providers of the tests use. */
export const pairs: Readonly<Partial<Record<Algorithm, Pair>>> = { RS256: rsa, PS256: rsa, ES256: ec, EdDSA: ed };

/** Signs a header and claims, whatever they are. The signature is always right. */
export function signToken(algorithm: Algorithm, header: object, claims: unknown, pair = pairs[algorithm]): string {
  if (pair === undefined) throw new Error(`no key of ${algorithm}`);
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const text = parts.join('.');
  return `${text}.${signatureOf(algorithm, Buffer.from(text), pair.privateKey).toString('base64url')}`;
}

function signatureOf(algorithm: Algorithm, text: Buffer, key: KeyObject): Buffer {
  if (algorithm === 'EdDSA') return signBytes(null, text, key);
  if (algorithm === 'ES256') return signBytes('sha256', text, { key, dsaEncoding: 'ieee-p1363' });
  if (algorithm === 'PS256')
    return signBytes('sha256', text, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  return signBytes('sha256', text, key);
}

/** Returns the published entry of a key pair. */
export function entryOf(kid: string, algorithm: Algorithm, pair = pairs[algorithm]): object {
  return { ...pair?.publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}

/** A fetch that answers from a table of documents, and with 404 where it has none. */
export function fetchFrom(documents: Readonly<Record<string, unknown>>, requests: string[] = []): Fetch {
  return async (url) => {
    requests.push(url);
    if (!Object.hasOwn(documents, url)) return new Response('not found', { status: 404 });
    const body = documents[url];
    return body instanceof Response ? body : new Response(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Documents of an issuer with metadata of OpenID. */
export function openIdDocuments(issuer: string, keys: readonly object[]): Readonly<Record<string, unknown>> {
  const jwks = `${issuer.replace(/\/$/, '')}/the-keys`;
  return {
    [`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`]: { issuer, jwks_uri: jwks },
    [jwks]: { keys },
  };
}
