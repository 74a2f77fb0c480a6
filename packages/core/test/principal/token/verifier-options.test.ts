import { createHmacTokenKey, createTokenVerifier, type IssuerOptions } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import { AUDIENCE, hmac, ISSUER, keys, verifier } from './token-fixture.js';

describe('options are judged when the verifier is made', () => {
  const issuer: IssuerOptions = { issuer: ISSUER, audience: AUDIENCE, keys: [keys.ES256] };
  const cases: readonly [string, Record<string, unknown>, RegExp][] = [
    ['a misspelt option', { audiense: 'x' }, /audiense.*audience/],
    ['no issuer', { issuer: '' }, /issuer/],
    ['no audience', { audience: [] }, /audience/],
    ['no keys', { keys: [] }, /at least one/],
    ['missing keys', { keys: undefined }, /keys/],
    ['one kid twice', { keys: [keys.ES256, keys.ES256] }, /twice/],
    ['a secret beside a public key', { keys: [keys.ES256, hmac] }, /not of both/],
    ['algorithms of both kinds', { algorithms: ['ES256', 'HS256'] }, /not of both/],
    ['an unknown algorithm', { algorithms: ['RS265'] }, /RS256/],
    ['alg none', { algorithms: ['none'] }, /unknown algorithm/],
    ['a tolerance of 301 seconds', { clockToleranceSeconds: 301 }, /clockToleranceSeconds/],
    ['a tolerance that is no number', { clockToleranceSeconds: Number.NaN }, /clockToleranceSeconds/],
    ['an endless lifetime', { maxTokenSeconds: Number.POSITIVE_INFINITY }, /maxTokenSeconds/],
    ['another ignored member', { ignoredHeaderMembers: ['crit'] }, /ignoredHeaderMembers/],
    ['own tokens without jti', { accepts: 'own', requireJti: false }, /requireJti/],
    ['own tokens of another type', { accepts: 'own', types: ['JWT'] }, /types/],
  ];
  it.each(cases)('createTokenVerifier refuses %s', (_, changes, message) => {
    expect(() => createTokenVerifier({ issuers: [{ ...issuer, ...changes } as IssuerOptions] })).toThrow(message);
  });

  it('createTokenVerifier refuses one issuer twice, none, and a misspelt option', () => {
    expect(() => createTokenVerifier({ issuers: [issuer, issuer] })).toThrow(/twice/);
    expect(() => createTokenVerifier({ issuers: [] })).toThrow(/at least one/);
    expect(() => createTokenVerifier({ issuers: [issuer], maxBytes: 1 } as never)).toThrow(/maxTokenBytes/);
  });

  it('two secrets with one kid cannot both be keys', () => {
    const same = createHmacTokenKey('the tests share this text, 0123456789');
    expect(same.kid).toBe(hmac.kid);
    expect(() => verifier({ keys: [same, hmac] })).toThrow(/twice/);
  });
});
