import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createHmacTokenKey, createTokenVerifier, type VerifiedToken } from '@flairgate/core/tokens';
import jsonwebtoken from 'jsonwebtoken';

const NOW = 1_800_000_000;
const ISSUER = 'https://auth.example.com';
const AUDIENCE = 'flairgate';
const OID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const key = createHmacTokenKey('readings are compared under this, 0123456789');

/** Counts of texts by who accepted them. */
export interface Readings {
  readonly accepted: number;
  /** Texts that jsonwebtoken alone accepts. */
  readonly refusedHere: number;
  readonly refused: number;
}

/**
 * Feeds mutated tokens with right signatures to our verifier and to jsonwebtoken.
 *
 * @throws AssertionError with the text if ours accepts what jsonwebtoken refuses, or if they read different claims.
 */
export function compareReadings(count: number, seed: number): Readings {
  const verify = createTokenVerifier({
    issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: [key], accepts: 'own' }],
    clock: () => NOW * 1000,
  });
  const random = randomOf(seed);
  const readings = { accepted: 0, refusedHere: 0, refused: 0 };
  for (let index = 0; index < count; index += 1) {
    const text = mutatedToken(random);
    const outcome = verify(text, NOW * 1000);
    assert.ok(!(outcome instanceof Promise));
    const theirs = readByLibrary(text);
    if (!outcome.allowed) readings[theirs === undefined ? 'refused' : 'refusedHere'] += 1;
    else {
      assert.ok(theirs !== undefined, `jsonwebtoken refuses ${text}`);
      assert.deepEqual(readingOf(outcome.value), theirs, text);
      readings.accepted += 1;
    }
  }
  return readings;
}

/** Returns the claims that decide, as jsonwebtoken reads them; undefined if it refuses the text. */
function readByLibrary(text: string): unknown {
  try {
    const { header, payload } = jsonwebtoken.verify(text, key.key, {
      algorithms: ['HS256'],
      ignoreExpiration: true,
      ignoreNotBefore: true,
      complete: true,
    });
    if (typeof payload === 'string') return payload;
    const { iss, sub, jti, iat, exp, sid, kid, uid = '', email, inc, rev, oid, perms, flairs } = payload;
    const rights = { permissions: perms, flairs: flairs ?? [] };
    return { iss, sub, jti, iat, exp, sid, kid, uid, email, inc, rev, oid, rights, signingKey: header.kid };
  } catch {
    return undefined;
  }
}

function readingOf({ claims, rights }: VerifiedToken): unknown {
  const { own } = claims;
  const [oid = ''] = rights.organizations;
  assert.ok(own !== undefined);
  return {
    iss: claims.issuer,
    sub: claims.subject,
    jti: claims.tokenId,
    iat: claims.issuedAt,
    exp: claims.expiresAt,
    sid: own.secretId,
    kid: own.keyId,
    uid: own.uid ?? '',
    email: own.ident,
    inc: own.incarnation,
    rev: own.revision,
    oid: rights.organizations,
    rights: { ...rights.in(oid) },
    signingKey: claims.signingKey,
  };
}

type Random = (below: number) => number;

/** A generator of integers that gives the same ones for the same seed. @see Steele and Vigna, "LXM" (splitmix32) */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

function pick<Value>(random: Random, values: readonly [Value, ...Value[]]): Value {
  return values[random(values.length)] ?? values[0];
}

const HEADER = `{"alg":"HS256","typ":"at+jwt","kid":"${key.kid}"}`;
const PAYLOAD = JSON.stringify({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: '6fa459ea-ee8a-4ca4-894e-db77e160355e',
  iat: NOW,
  exp: NOW + 600,
  jti: 'c29tZSB0b2tlbg',
  uid: '',
  email: 'vendor[segment]',
  kid: 'Ab3dE6gH9k',
  sid: 'c2VjcmV0LWlk',
  inc: '16fd2706-8baf-433b-82eb-8c7fada847da',
  rev: 12,
  oid: [OID],
  perms: ['dr.list', 'dr.set'],
  flairs: ['segment'],
});

function mutatedToken(random: Random): string {
  const texts = { header: HEADER, payload: PAYLOAD };
  for (let step = random(3); step >= 0; step -= 1) {
    const part = random(4) === 0 ? 'header' : 'payload';
    texts[part] = pick(random, MUTATIONS)(texts[part], random);
  }
  const spell = random(8) === 0 ? pick(random, SPELLINGS) : plainly;
  const signed = `${spell(texts.header, random)}.${spell(texts.payload, random)}`;
  const mac = createHmac('sha256', key.key).update(signed, 'latin1').digest('base64url');
  return `${signed}.${mac}`;
}

type Mutation = (json: string, random: Random) => string;

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  (json) => json,
  spaced,
  escaped,
  memberTwice,
  numberRespelled,
  characterChanged,
  (json, random) => withMember(json, random, '"__proto__":{"sub":"admin","perms":["user.ctrl"]}'),
  (json, random) => withMember(json, random, '"constructor":{"prototype":{"sub":"admin"}}'),
  (json, random) => withMember(json, random, '"\\u0073ub":"admin"'),
  (json, random) => withMember(json, random, '"Sub":"admin","perms ":["user.ctrl"]'),
  (json, random) => withMember(json, random, '"crit":["b64"],"b64":false'),
  (json, random) => withMember(json, random, '"alg":"none"'),
  (json) => `\ufeff${json}`,
  (json) => `${json}{"sub":"admin"}`,
];

/** Adds white space, or a character that only looks like it, after a comma or a colon. */
function spaced(json: string, random: Random): string {
  const at = json.indexOf(pick(random, [',', ':']), random(json.length)) + 1;
  return json.slice(0, at) + pick(random, [' ', '\n\t', '\r', '\u00a0', '\u2028', '\v']) + json.slice(at);
}

/** Writes a character as an escape. */
function escaped(json: string, random: Random): string {
  const at = random(json.length);
  const code = json.charCodeAt(at).toString(16).padStart(4, '0');
  return `${json.slice(0, at)}\\u${code}${json.slice(at + 1)}`;
}

/** Repeats a member with another value, before or after the first. */
function memberTwice(json: string, random: Random): string {
  const name = pick(random, ['sub', 'perms', 'oid', 'exp', 'rev', 'alg', 'kid', 'iss']);
  const value = pick(random, ['"admin"', '["user.ctrl"]', '2147483647', 'null', '{}']);
  return withMember(json, random, `"${name}":${value}`);
}

function withMember(json: string, random: Random, member: string): string {
  return random(2) === 0 ? json.replace('{', `{${member},`) : json.replace(/\}$/, `,${member}}`);
}

function numberRespelled(json: string, random: Random): string {
  const spelling = pick(random, ['$&.0', '$&e0', '$&e-1', '-$&', '$&.5', '0$&', '"$&"', '$&00000000000000000']);
  return json.replace(pick(random, [/\d{10}/, /(?<=rev":)\d+/]), spelling);
}

function characterChanged(json: string, random: Random): string {
  const at = random(json.length);
  return (
    json.slice(0, at) + pick(random, ['"', '\\', '{', '}', ',', 'é', '\u0000', '\ud800', '1']) + json.slice(at + 1)
  );
}

const plainly = (json: string): string => Buffer.from(json).toString('base64url');

/** Ways of writing bytes other than the one that is allowed, and bytes that are not UTF-8. */
const SPELLINGS: readonly [Mutation, ...Mutation[]] = [
  (json) => Buffer.from(json).toString('base64'),
  (json) => `${plainly(json)}=`,
  (json, random) => {
    const text = plainly(json);
    const at = random(text.length);
    return text.slice(0, at) + pick(random, ['*', ' ', '\n', '+', '/']) + text.slice(at);
  },
  (json, random) => plainly(json).slice(0, -1) + pick(random, ['A', 'B', 'Q', 'x', '_']),
  (json) => Buffer.from(json, 'latin1').toString('base64url'),
  (json, random) => {
    const bytes = Buffer.from(json);
    bytes[random(bytes.length)] = pick(random, [0xff, 0xc0, 0x80]);
    return bytes.toString('base64url');
  },
];
