// @ts-check
import { createPublicKey, createSecretKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';

export const issuer = 'https://issuer.example';
export const audience = 'rules';

/**
 * @typedef {object} Made
 * @property {string} token
 * @property {import('node:crypto').KeyObject} key What verifies.
 * @property {string} secretText Of HS256.
 * @property {string} pem Of the others.
 * @property {object} jwk
 */

/**
 * Makes a key and a token of the same claims and size as ours.
 *
 * @param {string} algorithm
 * @param {readonly string[]} perms
 * @returns {Made}
 */
export function makeToken(algorithm, perms) {
  const secretText = randomBytes(32).toString('hex');
  const pair = algorithm === 'HS256' ? undefined : makePair(algorithm);
  const claims = {
    sid: randomUUID(),
    oid: [randomUUID()],
    perms,
    uid: '',
    email: 'bench',
    flairs: [],
    rev: 2,
    inc: 'i',
  };
  const kid = randomBytes(8).toString('hex');
  const token = jsonwebtoken.sign(claims, pair?.privateKey ?? secretText, {
    algorithm: /** @type {import('jsonwebtoken').Algorithm} */ (algorithm),
    issuer,
    audience,
    subject: randomUUID(),
    jwtid: randomUUID(),
    expiresIn: '1h',
    header: { alg: algorithm, typ: 'at+jwt', kid },
  });
  const key = pair === undefined ? createSecretKey(Buffer.from(secretText)) : createPublicKey(pair.privateKey);
  return {
    token,
    key,
    secretText,
    pem: pair === undefined ? '' : String(key.export({ type: 'spki', format: 'pem' })),
    jwk: pair === undefined ? {} : { ...key.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
  };
}

/** @param {string} algorithm */
function makePair(algorithm) {
  return algorithm === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
}
