import { createPublicKey, createSecretKey, type JsonWebKey } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  createTokenVerifier,
  jwkThumbprint,
  type KeySource,
  OptionError,
  readKeySet,
  staticKeys,
  type TokenKey,
  tokenKeyFromJwk,
} from '@flairgate/core';
import jsonwebtoken from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { splitToken } from '../../packages/core/dist/principal/token/decode.js';
import { readHeader } from '../../packages/core/dist/principal/token/header.js';
import { signatureHolds } from '../../packages/core/dist/principal/token/signature.js';
import { describeVectors, readVectors, vectorFolder } from './folder.ts';

interface Row {
  readonly tcId: number;
  readonly comment: string;
  readonly jws?: unknown;
  readonly jwe?: unknown;
  readonly result: 'valid' | 'invalid';
}

type Jwk = JsonWebKey & { readonly kid?: string; readonly keys?: readonly Jwk[] };

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

const read = (name: string): File => readVectors(`wycheproof/${name}_test.json`);
const rowsOf = (file: File): readonly (Row & { readonly group: Group })[] =>
  file.testGroups.flatMap((group) => group.tests.map((row) => ({ ...row, group })));
const keyOf = ({ public: shared, private: own }: Group): Jwk => shared ?? own;

/** The keys of a group as a service would configure them; undefined where it would not start. */
function configured(jwk: Jwk): readonly TokenKey[] | undefined {
  try {
    const keys = (jwk.keys ?? [jwk]).map(tokenKeyFromJwk);
    staticKeys(keys);
    return keys;
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError);
    return undefined;
  }
}

const ISSUER = 'https://vectors.example';

/** A verifier that would take anything these keys sign, if it were an access token. */
function acceptsToken(keys: readonly TokenKey[] | KeySource, text: string): boolean {
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
  const outcome = verify(text, 1_300_000_000_000);
  if (outcome instanceof Promise) throw new Error('expected an answer at once');
  return outcome.allowed;
}

const noTypes = { types: new Set(['', 'jwt', 'jose']), ignoredMembers: new Set<string>() };

/** Form, header, key and signature, as the verifier judges them before it looks at a claim. */
function judgeSignature(keys: readonly TokenKey[], text: string): Row['result'] {
  const split = splitToken(text);
  if (typeof split === 'string') return 'invalid';
  const header = readHeader(split.header, noTypes);
  if (typeof header === 'string') return 'invalid';
  const key = keys.find(({ kid }) => kid === header.kid);
  if (key === undefined || key.algorithm !== header.alg) return 'invalid';
  return signatureHolds(text, split.signatureBytes, key) ? 'valid' : 'invalid';
}

/** What plain jsonwebtoken says, with a key of the right kind. */
function bareVerdict(jwk: Jwk, text: string): Row['result'] {
  const { alg } = jwk;
  try {
    const key = jwk.kty === 'oct' ? createSecretKey(Buffer.from(jwk.k ?? '', 'base64url')) : createPublicKey({ key: jwk, format: 'jwk' });
    jsonwebtoken.verify(text, key, typeof alg === 'string' ? { algorithms: [alg as jsonwebtoken.Algorithm] } : {});
    return 'valid';
  } catch {
    return 'invalid';
  }
}

describeVectors('Wycheproof', () => {
  const rows = ['json_web_signature','json_web_key','json_web_crypto'].flatMap((name) => rowsOf(read(name)).map((row) => ({ ...row, name })));
  it('x', () => {
    for (const row of rows) {
      if (typeof row.jws !== 'string') { console.log(row.name, row.tcId, typeof row.jws, row.result); continue; }
      const jwk = keyOf(row.group);
      const keys = configured(jwk);
      const ours = keys === undefined ? 'no key' : judgeSignature(keys, row.jws);
      if (ours !== row.result) console.log(row.name, row.group.comment, row.tcId, row.comment, 'vector', row.result, 'ours', ours, 'bare', bareVerdict(jwk, row.jws), jwk.alg);
    }
  });
});
