import { generateKeyPairSync, sign } from 'node:crypto';

/** An issuer of tokens for jobs, in the process. Its tokens are trusted by federations. */
export const ISSUER = 'https://token.actions.githubusercontent.com';
const kid = 'jobs';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
const documents: Readonly<Record<string, unknown>> = {
  [`${ISSUER}/.well-known/openid-configuration`]: { issuer: ISSUER, jwks_uri: `${ISSUER}/.well-known/jwks` },
  [`${ISSUER}/.well-known/jwks`]: { keys: [jwk] },
};

/** Answers for the metadata and the keys of the issuer. */
export async function fetchIssuer(url: string): Promise<Response> {
  const document = documents[url];
  return document === undefined ? new Response('', { status: 404 }) : Response.json(document);
}

export const AUDIENCE = 'https://api.example';

/** A token of a job, as it is asked for. */
export interface Job {
  readonly repository: string;
  /** A number of its own, by which it is used once. */
  readonly id: string;
  readonly audience?: string;
  /** True for a token that another key has signed. */
  readonly isForged?: boolean;
  /** Seconds since its expiry. Below 0 until then. */
  readonly age?: number;
}

/** Issues the token of a job. `now` is in milliseconds. */
export function jobToken(now: number, { repository, id, audience = AUDIENCE, isForged, age = -300 }: Job): string {
  const seconds = Math.floor(now / 1000);
  const claims = {
    jti: id,
    sub: `repo:${repository}`,
    aud: audience,
    repository_id: repository,
    iss: ISSUER,
    iat: seconds - age - 300,
    exp: seconds - age,
  };
  const parts = [{ typ: 'JWT', alg: 'RS256', kid }, claims].map((part) => Buffer.from(JSON.stringify(part)));
  const text = parts.map((part) => part.toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(text), isForged === true ? stranger : privateKey);
  return `${text}.${signature.toString('base64url')}`;
}
