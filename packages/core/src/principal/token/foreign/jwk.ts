import { createHash, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { OptionError } from '../../../denial/errors.js';
import { nearest } from '../../../options/nearest.js';
import { decodeBase64url } from '../text/base64url.js';
import { type Algorithm, type AlgorithmEntry, algorithms, type TokenKey, tokenKey } from './algorithms.js';

/** The published part of a signing key. */
export interface PublicJwk {
  readonly kty: 'RSA' | 'EC';
  readonly n?: string;
  readonly e?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly kid: string;
  readonly alg: Algorithm;
  readonly use: 'sig';
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'] as const;
const MAX_KID_CHARACTERS = 256;

/** The members of each kind of key, in the order in which RFC 7638 §3.2 hashes them. */
const KEY_MEMBERS = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  oct: ['k', 'kty'],
} as const;

/**
 * Converts a JSON Web Key to a key that verifies tokens with one algorithm. The algorithm is the JWK's `alg`. A JWK
 * without `alg` gets the usual algorithm for its kind of key (`RS256`, `ES256`, `ES384`, `ES512`, `EdDSA`, `HS256`).
 *
 * A public key without `kid` gets its thumbprint as `kid`. A secret without `kid` gets the `kid` that
 * {@link createHmacTokenKey} computes. If the JWK has `use`, it must be `sig`. If the JWK has `key_ops`, it must
 * contain `verify`.
 *
 * @throws OptionError unless the JWK is a public key (or an `oct` secret) for a supported algorithm.
 * @see RFC 7517 §4, RFC 7518 §6, RFC 8037 §2
 */
export function tokenKeyFromJwk(jwk: unknown): TokenKey {
  const [key] = tokenKeysFromJwk(jwk);
  if (key === undefined) throw new OptionError('JWK: must have a supported algorithm');
  return key;
}

/**
 * Converts a JSON Web Key to a list of keys, one for each algorithm that the JWK can verify. A JWK without `alg` may
 * have several algorithms. The key for the usual algorithm comes first.
 *
 * @throws OptionError under the same conditions as {@link tokenKeyFromJwk}.
 */
export function tokenKeysFromJwk(jwk: unknown): readonly TokenKey[] {
  const members = toJwkMembers(jwk);
  if (hasPrivateMembers(members)) throw new OptionError('JWK: must not have private members');
  const names = algorithmsOf(members);
  checkPurpose(members);
  const key = keyOf(members, kindOf(members));
  const { kid = derivedKid(key) } = members;
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_CHARACTERS) {
    throw new OptionError(`JWK: kid must be a text of 1 to ${MAX_KID_CHARACTERS} characters`);
  }
  return names.map((name) => tokenKey(kid, name, key));
}

/** True if a JWK contains members of a private key. */
export function hasPrivateMembers(jwk: object): boolean {
  return PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name));
}

/** Computes the thumbprint of a public key in base64url. @see RFC 7638 §3 */
export function jwkThumbprint(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' });
  const names = KEY_MEMBERS[kindOf(jwk)];
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])));
  return createHash('sha256').update(text).digest('base64url');
}

/** Converts a public key to a JWK with only the members that a verifier needs. */
export function publicJwk({ kid, algorithm, key }: TokenKey): PublicJwk {
  const jwk = key.export({ format: 'jwk' });
  const rest = { kid, alg: algorithm, use: 'sig' } as const;
  if (key.type !== 'public') throw new TypeError('only public keys are published');
  const { n, e, crv, x, y } = jwk;
  if (jwk.kty === 'RSA' && n !== undefined && e !== undefined) return { kty: 'RSA', n, e, ...rest };
  if (crv !== undefined && x !== undefined && y !== undefined) return { kty: 'EC', crv, x, y, ...rest };
  throw new TypeError('not a key that is published');
}

type Members = Readonly<Record<string, unknown>>;

function toJwkMembers(jwk: unknown): Members {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) throw new OptionError('JWK: must be an object');
  return Object.assign(Object.create(null), jwk);
}

type KeyKind = AlgorithmEntry['kty'];

function kindOf({ kty }: { readonly kty?: unknown }): KeyKind {
  if (kty === 'RSA' || kty === 'EC' || kty === 'OKP' || kty === 'oct') return kty;
  throw new OptionError('JWK: kty must be RSA, EC, OKP or oct');
}

/**
 * Returns the algorithms of a JWK: its `alg`, or else all algorithms for its kind and curve. The usual algorithm is
 * first.
 */
function algorithmsOf(members: Members): readonly Algorithm[] {
  const kty = kindOf(members);
  const names = (Object.keys(algorithms) as Algorithm[]).filter((name) => {
    const entry = algorithms[name];
    return entry.kty === kty && (entry.curve === undefined || entry.curve === members.crv);
  });
  if (names.length === 0) throw new OptionError('JWK: crv must be P-256, P-384, P-521 or Ed25519');
  const { alg } = members;
  if (alg === undefined) return names;
  const named = names.find((name) => name === alg);
  if (named !== undefined) return named === 'EdDSA' || named === 'Ed25519' ? names : [named];
  const hint = typeof alg === 'string' ? `; did you mean ${nearest(alg, names)}?` : '';
  throw new OptionError(`JWK: alg must be one of this kind of key${hint}`);
}

function checkPurpose({ use, key_ops: operations }: Members): void {
  if (use !== undefined && use !== 'sig') throw new OptionError('JWK: use must be sig');
  if (operations === undefined) return;
  if (!Array.isArray(operations) || !operations.includes('verify')) {
    throw new OptionError('JWK: key_ops must contain verify');
  }
}

function keyOf(members: Members, kty: KeyKind): KeyObject {
  const jwk: JsonWebKey = {};
  for (const name of KEY_MEMBERS[kty]) {
    const value = members[name];
    if (typeof value !== 'string') throw new OptionError(`JWK: ${name} must be a text`);
    if (name.length === 1 && value !== '' && decodeBase64url(value) === undefined) {
      throw new OptionError(`JWK: ${name} must be base64url without padding`);
    }
    jwk[name] = value;
  }
  if (kty === 'oct') return createSecretKey(Buffer.from(jwk.k ?? '', 'base64url'));
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    // The cause is omitted, because it may contain the key.
    throw new OptionError(`JWK: must be a valid ${kty} public key`);
  }
}

function derivedKid(key: KeyObject): string {
  if (key.type !== 'secret') return jwkThumbprint(key);
  return createHash('sha256').update(key.export()).digest('hex').slice(0, 16);
}
