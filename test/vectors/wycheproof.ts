import { createPublicKey, createSecretKey, type JsonWebKey } from 'node:crypto';
import { OptionError } from '@flairgate/core';
import { isForeignSignature, isOwnSignature, staticKeys, tokenKeyFromJwk, verifyJws } from '@flairgate/core/internal';
import type { TokenKey } from '@flairgate/core/tokens';
import jsonwebtoken from 'jsonwebtoken';
import { expect } from 'vitest';
import { readVectors } from './folder.ts';

export interface Row {
  readonly tcId: number;
  readonly comment: string;
  readonly jws?: unknown;
  readonly jwe?: unknown;
  readonly result: 'valid' | 'invalid';
}

export type Jwk = JsonWebKey & { readonly kid?: string; readonly keys?: readonly Jwk[] };

interface Group {
  readonly comment: string;
  readonly public?: Jwk;
  readonly private: Jwk;
  readonly tests: readonly Row[];
}

interface File {
  readonly numberOfTests: number;
  readonly testGroups: readonly Group[];
}

/** The rows of a file, each with its group, and the number the file says it has. */
export function readRows(name: string): { readonly rows: readonly Named[]; readonly numberOfTests: number } {
  const { testGroups, numberOfTests }: File = readVectors(`wycheproof/${name}_test.json`);
  return { rows: testGroups.flatMap((group) => group.tests.map((row) => ({ ...row, group, name }))), numberOfTests };
}

export const keyOf = ({ public: shared, private: own }: Group): Jwk => shared ?? own;

/** The keys of a group as a service would configure them; undefined where it would not start. */
export function configured(jwk: Jwk): readonly TokenKey[] | undefined {
  try {
    const keys = (jwk.keys ?? [jwk]).map(tokenKeyFromJwk);
    staticKeys(keys);
    return keys;
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError);
    return undefined;
  }
}

/** Form, header, key and signature, as both verifiers judge them before a claim is read: the own and the foreign one. */
export async function judgeSignature(keys: readonly TokenKey[] | undefined, text: string): Promise<Row['result']> {
  if (keys === undefined) return 'invalid';
  const foreign = (await verifyJws(text, keys, isForeignSignature)).allowed;
  const own = (await verifyJws(text, keys, isOwnSignature)).allowed;
  // Our own tokens are never signed by the algorithms that other issuers use besides.
  const isOwn = keys.every(({ algorithm }) => ['HS256', 'RS256', 'ES256'].includes(algorithm));
  expect(own, text).toBe(isOwn && foreign);
  return foreign ? 'valid' : 'invalid';
}

/** Returns the verdict of plain jsonwebtoken, with a key of the right kind. */
export function bareVerdict(jwk: Jwk, text: string): Row['result'] {
  const { alg } = jwk;
  try {
    const key =
      jwk.kty === 'oct'
        ? createSecretKey(Buffer.from(jwk.k ?? '', 'base64url'))
        : createPublicKey({ key: jwk, format: 'jwk' });
    jsonwebtoken.verify(text, key, typeof alg === 'string' ? { algorithms: [alg as jsonwebtoken.Algorithm] } : {});
    return 'valid';
  } catch {
    return 'invalid';
  }
}

export type Named = Row & { readonly group: Group; readonly name: string };

const OURS: readonly unknown[] = [
  'HS256',
  'EdDSA',
  ...['RS', 'PS', 'ES'].flatMap((kind) => [256, 384, 512].map((bits) => `${kind}${bits}`)),
];
export const isOurs = (row: Named): boolean =>
  (keyOf(row.group).keys ?? [keyOf(row.group)]).every(({ alg }) => OURS.includes(alg));
export const textOf = (row: Row): string => {
  const text = row.jws ?? row.jwe ?? '';
  return typeof text === 'string' ? text : JSON.stringify(text);
};
export const label = ({ name, tcId }: Named): string => `${name} ${tcId}`;

/** The base64 rows are signed with 32 zero bytes, which no service of ours would start with: taken as they are here. */
export const zeroKey = (row: Named): readonly TokenKey[] | undefined =>
  row.group.comment === 'base64'
    ? [{ kid: 'hs256-key', algorithm: 'HS256', key: createSecretKey(Buffer.alloc(32)), signatureBytes: 32 }]
    : undefined;

/** Vectors with another verdict on key and signature, with the reason. */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  'json_web_signature 259': 'the payload is empty, and a token never is',
  'json_web_signature 264': 'the payload is empty, and a token never is',
  'json_web_signature 268': 'the payload is empty, and a token never is',
  'json_web_signature 272': 'the payload is empty, and a token never is',
  'json_web_signature 320': 'the payload is empty, and a token never is',
  'json_web_signature 325': 'the payload is empty, and a token never is',
  'json_web_signature 346': 'the key is for PS256, and the token says PS384',
  'json_web_signature 350': 'the key is for PS256, and the token says PS384',
  'json_web_signature 367': 'byte-equal to the valid 357: the padding the row is about is not in it',
  'json_web_signature 370': 'byte-equal to the valid 357: the padding the row is about is not in it',
  'json_web_signature 372': 'a character outside base64url in the header: RFC 7515 section 2 knows none',
  'json_web_signature 373': 'a character outside base64url in the payload: RFC 7515 section 2 knows none',
};

/** Rows that plain jsonwebtoken accepts and we do not, each with what refuses it. */
export const BARE_ACCEPTS: readonly (readonly [from: number, to: number, why: string])[] = [
  [353, 354, 'the key is for encryption (use)'],
  [355, 356, 'the key is for encryption (key_ops)'],
  [357, 359, 'the secret is 32 zero bytes'],
  [367, 367, 'the secret is 32 zero bytes'],
  [370, 370, 'the secret is 32 zero bytes'],
  [375, 375, 'unused bits of the payload are set: two spellings of one token'],
  [376, 377, 'the secret is 32 zero bytes'],
];
