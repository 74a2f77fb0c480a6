import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyMaterial } from '../../../store/keyring.js';
import type { SigningKeyRow } from '../../../store/rows.js';
import { type TokenSigner, tokenKey } from '../foreign/algorithms.js';
import { jwkThumbprint, publicJwk } from '../foreign/jwk.js';

/** Algorithms for the keys of a signing ring. Both are asymmetric, so verifiers need only public keys. */
export type RingAlgorithm = SigningKeyRow['algorithm'];

/** A new key to store. Its private half is encrypted ("sealed"). */
export type SealedKey = Pick<SigningKeyRow, 'kid' | 'algorithm' | 'publicJwk' | 'sealed'>;

const generate = promisify(generateKeyPair);

const GENERATORS: Readonly<Record<RingAlgorithm, () => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>>> = {
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  RS256: () => generate('rsa', { modulusLength: 2048 }),
};

/** Creates a key pair. The `kid` is the RFC 7638 thumbprint. */
export async function createSigningKey(
  algorithm: RingAlgorithm,
  material: Pick<KeyMaterial, 'seal'>,
): Promise<SealedKey> {
  const { publicKey, privateKey } = await GENERATORS[algorithm]();
  const kid = jwkThumbprint(publicKey);
  const bytes = privateKey.export({ type: 'pkcs8', format: 'der' });
  const jwk = publicJwk(tokenKey(kid, algorithm, publicKey));
  return { kid, algorithm, publicJwk: { ...jwk }, sealed: material.seal(bytes, context(kid)) };
}

/**
 * Decrypts the private half of a key.
 *
 * @throws Error if the private half was changed or does not belong to `kid`.
 */
export function openSigningKey(
  { kid, algorithm, sealed }: SealedKey,
  material: Pick<KeyMaterial, 'open'>,
): TokenSigner {
  const key = createPrivateKey({ key: Buffer.from(material.open(sealed, context(kid))), type: 'pkcs8', format: 'der' });
  if (jwkThumbprint(createPublicKey(key)) !== kid) throw new Error('a signing key of the store is not the one it says');
  return { kid, algorithm, key };
}

function context(kid: string): string {
  return `signing-key:${kid}`;
}
