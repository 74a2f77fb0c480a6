import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Outcome } from '@flairgate/core';
import { mintToken, tokenKey } from '@flairgate/core/internal';
import {
  createHmacTokenKey,
  createTokenVerifier,
  type IssuerOptions,
  type MintedRights,
  type MintOptions,
  type OwnAlgorithm,
  type TokenInput,
  type TokenSigner,
  type VerifiedToken,
} from '@flairgate/core/tokens';
import { expect } from 'vitest';

export const NOW = 1_800_000_000_000;
export const now = NOW / 1000;
export const ISSUER = 'https://auth.example.com';
export const AUDIENCE = 'flairgate';
export const OID = '0f8fad5b-d9cb-469f-a165-70867728950e';
export const OTHER_OID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const hmac = createHmacTokenKey('the tests share this text, 0123456789');

export const keys = {
  HS256: hmac,
  ES256: tokenKey('an-ec-key', 'ES256', ec.publicKey),
  RS256: tokenKey('an-rsa-key', 'RS256', rsa.publicKey),
};

export const signers: Readonly<Record<OwnAlgorithm, TokenSigner>> = {
  HS256: hmac,
  ES256: { kid: 'an-ec-key', algorithm: 'ES256', key: ec.privateKey },
  RS256: { kid: 'an-rsa-key', algorithm: 'RS256', key: rsa.privateKey },
};

export const oneOrganization: MintedRights = {
  kind: 'organization',
  oid: OID,
  rights: { permissions: ['dr.list', 'dr.set'], flairs: ['segment'] },
};

export function input(changes: Partial<TokenInput> = {}): TokenInput {
  return {
    issuer: ISSUER,
    audience: AUDIENCE,
    subject: '6fa459ea-ee8a-4ca4-894e-db77e160355e',
    kind: 'organization-key',
    secretId: 'c2VjcmV0LWlkLWhlcmUtMg',
    keyId: 'Ab3dE6gH9k',
    uid: undefined,
    ident: 'vendor[segment]',
    incarnation: '16fd2706-8baf-433b-82eb-8c7fada847da',
    revision: 12,
    issuedAt: now,
    expiresAt: now + 3600,
    rights: oneOrganization,
    ...changes,
  };
}

/** Returns the claims of a token of {@link input}, to be changed one at a time. */
export function claims(): Record<string, unknown> {
  return payloadOf(mint(input()));
}

export function mint(what: TokenInput, signer: TokenSigner = signers.ES256, options: MintOptions = {}): string {
  const outcome = mintToken(what, signer, options);
  if (!outcome.allowed) throw new Error(`${outcome.code} ${outcome.reason}`);
  return outcome.value.jwt;
}

export function payloadOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
}

export function base64url(part: unknown): string {
  const bytes = part instanceof Uint8Array ? part : typeof part === 'string' ? part : JSON.stringify(part);
  return Buffer.from(bytes).toString('base64url');
}

/** Signs whatever it is given: objects as JSON, texts and bytes as they stand. The signature is always right. */
export function craft(header: unknown, payload: unknown, signer: TokenSigner = signers.ES256): string {
  return signParts(base64url(header), base64url(payload), signer);
}

/** Signs two parts that are encoded already, rightly or not. */
export function signParts(header: string, payload: string, { algorithm, key }: TokenSigner = signers.ES256): string {
  const signed = `${header}.${payload}`;
  return `${signed}.${signatureOf(signed, algorithm, key).toString('base64url')}`;
}

function signatureOf(text: string, algorithm: OwnAlgorithm, key: KeyObject): Buffer {
  if (algorithm === 'HS256') return createHmac('sha256', key).update(text).digest();
  if (algorithm === 'ES256') return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return sign('sha256', Buffer.from(text), { key, padding: constants.RSA_PKCS1_PADDING });
}

export function header(signer: TokenSigner = signers.ES256): Record<string, unknown> {
  return { alg: signer.algorithm, typ: 'at+jwt', kid: signer.kid };
}

/** A verifier of our own tokens, synchronous: all its keys are known. */
export function verifier(
  changes: Partial<IssuerOptions> = {},
): (text: string, nowMs?: number) => Outcome<VerifiedToken> {
  const verify = createTokenVerifier({
    issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: [keys.ES256, keys.RS256], accepts: 'own', ...changes }],
    clock: () => NOW,
  });
  return (text, nowMs = NOW) => {
    const outcome = verify(text, nowMs);
    if (outcome instanceof Promise) throw new Error('expected an answer at once');
    return outcome;
  };
}

export function accepted(outcome: Outcome<VerifiedToken>): VerifiedToken {
  if (!outcome.allowed) throw new Error(`${outcome.code}: ${outcome.reason}`);
  return outcome.value;
}

/** The reason of a refusal, after checking that the caller is told what every caller is told. */
export function reasonOf(outcome: Outcome<VerifiedToken>): string {
  if (outcome.allowed) return 'accepted';
  expect({ ...outcome, reason: '' }).toEqual({
    allowed: false,
    code: 'ERR_TOKEN_INVALID',
    detail: 'the token is not valid',
    reason: '',
    members: {},
  });
  return outcome.reason;
}
