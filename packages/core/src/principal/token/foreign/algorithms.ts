import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { OptionError } from '../../../denial/errors.js';
import { isRocaModulus } from './roca.js';
import { isSmallOrderPoint } from './small-order.js';

/** The algorithms with which Flairgate signs tokens. */
export const OWN_ALGORITHMS = ['HS256', 'RS256', 'ES256'] as const;

/** An algorithm with which Flairgate signs tokens. */
export type OwnAlgorithm = (typeof OWN_ALGORITHMS)[number];

/** The algorithms with which external issuers may sign tokens. All of these algorithms use public keys. */
export const FOREIGN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** The algorithms with which a token may be signed. All others, including `none`, are refused. */
export type Algorithm = OwnAlgorithm | (typeof FOREIGN_ALGORITHMS)[number];

/** Properties of an algorithm. */
export interface AlgorithmEntry {
  readonly kty: 'oct' | 'RSA' | 'EC' | 'OKP';
  /** Curve of the key. Undefined if keys for this algorithm have no curve. */
  readonly curve?: string;
  readonly symmetric: boolean;
  /** Returns why a key cannot be used with this algorithm. Undefined if the key can be used. */
  flaw(key: KeyObject): string | undefined;
  /** Returns the length, in bytes, of every signature made with this key. */
  signatureBytes(key: KeyObject): number;
}

const RSA: AlgorithmEntry = {
  kty: 'RSA',
  symmetric: false,
  flaw: rsaFlaw,
  signatureBytes: (key) => Math.ceil(modulusBits(key) / 8),
};

const ED25519: AlgorithmEntry = {
  kty: 'OKP',
  curve: 'Ed25519',
  symmetric: false,
  flaw: edwardsFlaw,
  signatureBytes: () => 64,
};

/**
 * Requirements of each algorithm for its keys, and the length of its signatures. The library jsonwebtoken verifies
 * Flairgate's own tokens, and the library jose verifies tokens from external issuers.
 *
 * @see RFC 7518 §3.2 to §3.5, RFC 8037 §3.1, RFC 8725 §3.1, RFC 9864 §2.2
 */
export const algorithms: Readonly<Record<Algorithm, AlgorithmEntry>> = {
  HS256: { kty: 'oct', symmetric: true, flaw: secretFlaw, signatureBytes: () => 32 },
  RS256: RSA,
  RS384: RSA,
  RS512: RSA,
  PS256: RSA,
  PS384: RSA,
  PS512: RSA,
  ES256: curveEntry('P-256', 'prime256v1', 64),
  ES384: curveEntry('P-384', 'secp384r1', 96),
  ES512: curveEntry('P-521', 'secp521r1', 132),
  EdDSA: ED25519,
  Ed25519: ED25519,
};

function curveEntry(curve: string, opensslName: string, bytes: number): AlgorithmEntry {
  return {
    kty: 'EC',
    curve,
    symmetric: false,
    flaw: (key) => curveFlaw(key, opensslName, curve),
    signatureBytes: () => bytes,
  };
}

/** A key that verifies tokens. The key determines the algorithm, which is never taken from the token. */
export interface TokenKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  /** A public key, or the secret of HS256. */
  readonly key: KeyObject;
  readonly signatureBytes: number;
}

/** A key that signs tokens: a private key, or the secret of HS256. */
export interface TokenSigner {
  readonly kid: string;
  readonly algorithm: OwnAlgorithm;
  readonly key: KeyObject;
}

/** Binds a key to an algorithm. @throws OptionError if the key is too weak or of the wrong kind */
export function tokenKey(kid: string, algorithm: Algorithm, key: KeyObject): TokenKey {
  const entry = algorithms[algorithm];
  const flaw = entry.flaw(key);
  if (flaw !== undefined) throw new OptionError(`${algorithm} key: ${flaw}`);
  return Object.freeze({ kid, algorithm, key, signatureBytes: entry.signatureBytes(key) });
}

/**
 * Creates an HS256 key from a shared secret, for verifying and signing. A string is encoded as UTF-8.
 *
 * `kid` is the first 16 hexadecimal digits of the secret's SHA-256. `option` is the name of the secret in error
 * messages.
 *
 * @throws OptionError if the secret has fewer than 32 bytes or is obviously guessable.
 * @example
 * const key = createHmacTokenKey(process.env.TOKEN_SECRET ?? '');
 */
export function createHmacTokenKey(secret: string | Uint8Array, option = 'token secret'): TokenKey & TokenSigner {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new OptionError(`${option}: must be a text or bytes`);
  }
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  const kid = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const key = createSecretKey(bytes);
  const flaw = algorithms.HS256.flaw(key);
  if (flaw !== undefined) throw new OptionError(`${option}: ${flaw}`);
  return { ...tokenKey(kid, 'HS256', key), algorithm: 'HS256' };
}

const ADVICE = 'create one with: openssl rand -base64 48';
const MIN_SECRET_BYTES = 32;
const MIN_DISTINCT_BYTES = 8;

/** Example secrets of at least 32 bytes from the documentation of well-known tools. */
const PUBLISHED_SECRETS: ReadonlySet<string> = new Set([
  'a-string-secret-at-least-256-bits-long',
  'a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long',
  'your-256-bit-secret-your-256-bit-secret',
  'your-super-secret-jwt-token-with-at-least-32-characters-long',
  'super-secret-jwt-token-with-at-least-32-characters-long',
]);

function secretFlaw(key: KeyObject): string | undefined {
  if (key.type !== 'secret') return 'must be a secret';
  const bytes = key.export();
  if (bytes.length < MIN_SECRET_BYTES)
    return `must have at least ${MIN_SECRET_BYTES} bytes, has ${bytes.length}; ${ADVICE}`;
  if (new Set(bytes).size < MIN_DISTINCT_BYTES)
    return `must have at least ${MIN_DISTINCT_BYTES} different bytes; ${ADVICE}`;
  return PUBLISHED_SECRETS.has(bytes.toString('latin1')) ? `must not be a published example; ${ADVICE}` : undefined;
}

const MIN_MODULUS_BITS = 2048;
const MAX_MODULUS_BITS = 8192;
const MIN_PUBLIC_EXPONENT = 65537n;

function rsaFlaw(key: KeyObject): string | undefined {
  if (key.type !== 'public' || key.asymmetricKeyType !== 'rsa') return 'must be a public RSA key';
  const bits = modulusBits(key);
  if (bits < MIN_MODULUS_BITS || bits > MAX_MODULUS_BITS) {
    return `must have ${MIN_MODULUS_BITS} to ${MAX_MODULUS_BITS} bits, has ${bits}`;
  }
  const exponent = key.asymmetricKeyDetails?.publicExponent ?? 0n;
  if (exponent < MIN_PUBLIC_EXPONENT || exponent % 2n === 0n)
    return 'must have an odd public exponent of at least 65537';
  const { n } = key.export({ format: 'jwk' });
  return n === undefined || isRocaModulus(n) ? 'the modulus can be factored (CVE-2017-15361)' : undefined;
}

function curveFlaw(key: KeyObject, opensslName: string, curve: string): string | undefined {
  if (key.type !== 'public' || key.asymmetricKeyType !== 'ec') return 'must be a public elliptic-curve key';
  return key.asymmetricKeyDetails?.namedCurve === opensslName ? undefined : `must be on the curve ${curve}`;
}

function edwardsFlaw(key: KeyObject): string | undefined {
  if (key.type !== 'public' || key.asymmetricKeyType !== 'ed25519') return 'must be a public Ed25519 key';
  const { x = '' } = key.export({ format: 'jwk' });
  return isSmallOrderPoint(Buffer.from(x, 'base64url')) ? 'a key of small order verifies any text' : undefined;
}

function modulusBits(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}
