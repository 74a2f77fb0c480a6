import { createTokenVerifier, createHmacTokenKey, mintToken, tokenKey } from '@flairgate/core';
import jsonwebtoken from 'jsonwebtoken';
import { generateKeyPairSync, verify as rawVerify, createHmac, timingSafeEqual } from 'node:crypto';
import { decodeToken } from './dist/principal/token/decode.js';
import { readRegisteredClaims } from './dist/principal/token/registered-claims.js';
import { parseClaimedRights, parseOwnClaims } from './dist/principal/token/claims.js';
import { signatureHolds } from './dist/principal/token/signature.js';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const hm = createHmacTokenKey('benchmark text 0123456789 abcdefghijkl');
const sets = [[tokenKey('k', 'ES256', ec.publicKey), { kid: 'k', algorithm: 'ES256', key: ec.privateKey }], [tokenKey('k', 'RS256', rsa.publicKey), { kid: 'k', algorithm: 'RS256', key: rsa.privateKey }], [hm, hm]];
const now = Math.floor(Date.now() / 1000);
for (const [key, signer] of sets) for (const n of [10]) {
  const permissions = Array.from({ length: n }, (_, i) => `area.action${i}`);
  const jwt = mintToken({ issuer: 'https://auth.example.com', audience: 'flairgate', subject: 's'.repeat(36), kind: 'organization-key', secretId: 'x'.repeat(22), keyId: 'k'.repeat(10), uid: undefined, ident: 'vendor', incarnation: 'i'.repeat(36), revision: 3, issuedAt: now, expiresAt: now + 3600, rights: { kind: 'organization', oid: '0f8fad5b-d9cb-469f-a165-70867728950e', rights: { permissions, flairs: [] } } }, signer).value.jwt;
  const v = createTokenVerifier({ issuers: [{ issuer: 'https://auth.example.com', audience: 'flairgate', keys: [key], accepts: 'own' }] });
  const ours = () => { const o = v(jwt, Date.now()); if (!o.allowed) throw new Error(o.reason); };
  const bare = () => jsonwebtoken.verify(jwt, key.key, { algorithms: [key.algorithm], issuer: 'https://auth.example.com', audience: 'flairgate' });
  const es = { key: key.key, dsaEncoding: 'ieee-p1363' };
  const rawSig = () => { const i = jwt.lastIndexOf('.'); const s = Buffer.from(jwt.slice(i + 1), 'base64url'); const t = Buffer.from(jwt.slice(0, i)); const ok = key.algorithm === 'HS256' ? timingSafeEqual(createHmac('sha256', key.key).update(t).digest(), s) : rawVerify('sha256', t, key.algorithm === 'ES256' ? es : key.key, s); if (!ok) throw new Error('raw'); };
  const raw = () => { rawSig(); JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString()); };
  const decode = () => decodeToken(jwt);
  const sig = () => signatureHolds(jwt, key.signatureBytes, key);
  const d = decodeToken(jwt);
  const rules = { issuer: 'https://auth.example.com', audience: new Set(['flairgate']), requireJti: true, maxTokenSeconds: 3600, clockToleranceSeconds: 5 };
  const reg = () => readRegisteredClaims(d.payload, rules, Date.now());
  const own = () => { parseOwnClaims(d.payload); };
  const rights = () => { parseClaimedRights(d.payload); };
  const fns = { ours, bare, raw, rawSig, sig, decode, reg, own, rights }; const best = {};
  for (let round = 0; round < 15; round++) for (const [name, f] of Object.entries(fns)) {
    const N = 1000; const t0 = process.hrtime.bigint(); for (let i = 0; i < N; i++) f(); const us = Number(process.hrtime.bigint() - t0) / N / 1000; best[name] = Math.min(best[name] ?? 1e9, us);
  }
  console.log(key.algorithm, n, 'perms', jwt.length, 'chars', Object.entries(best).map(([k, x]) => `${k} ${x.toFixed(1)}`).join('  '), 'ours/bare', (best.ours / best.bare).toFixed(2), 'if raw:', ((best.ours - best.sig + best.rawSig) / best.bare).toFixed(2));
}
