import { tokenLifetime } from '@flairgate/core/internal';
import { createTokenMint, createTokenVerifier, type LifetimeInput } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import { AUDIENCE, hmac, ISSUER, input, NOW, now, OID, payloadOf } from '../token-fixture.js';

const lifetime = (changes: Partial<LifetimeInput>): number | string => {
  const outcome = tokenLifetime({ now: NOW, maxTokenSeconds: 7200, keyExpiresAt: null, ...changes });
  return outcome.allowed ? outcome.value - now : outcome.code;
};

describe('the lifetime of a token', () => {
  const cases: readonly [string, Partial<LifetimeInput>, number | string][] = [
    ['is an hour by default', {}, 3600],
    ['is an hour at most where that is the limit', { maxTokenSeconds: 600 }, 600],
    ['is a number of seconds below 10^9', { expiry: 60 }, 60],
    ['is a unix time from 10^9 on', { expiry: now + 60 }, 60],
    ['is cut to the limit (seconds)', { expiry: 999_999_999 }, 7200],
    ['is cut to the limit (unix time)', { expiry: now + 99_999 }, 7200],
    ['is cut to the end of the key', { expiry: 600, keyExpiresAt: NOW + 90_999 }, 90],
    ['never passes the end of the key', { keyExpiresAt: NOW + 60_000 }, 60],
    ['takes an endless key for what it is', { keyExpiresAt: Number.POSITIVE_INFINITY }, 3600],
    ['is refused when past', { expiry: now - 1 }, 'ERR_VALIDATION'],
    ['is refused when now', { expiry: now }, 'ERR_VALIDATION'],
    ['is refused when 10^9', { expiry: 1_000_000_000 }, 'ERR_VALIDATION'],
    ['is refused when 0', { expiry: 0 }, 'ERR_VALIDATION'],
    ['is refused when negative', { expiry: -60 }, 'ERR_VALIDATION'],
    ['is refused when no integer', { expiry: 1.5 }, 'ERR_VALIDATION'],
    ['is refused when no number', { expiry: Number.NaN }, 'ERR_VALIDATION'],
    ['is refused when endless', { expiry: Number.POSITIVE_INFINITY }, 'ERR_VALIDATION'],
    ['is none when the key ends now', { keyExpiresAt: NOW + 10 }, 'ERR_KEY_INVALID'],
  ];
  it.each(cases)('the lifetime of a token %s', (_, changes, expected) => {
    expect(lifetime(changes)).toBe(expected);
  });
});

describe('the mint of the exchange', () => {
  const { subject, secretId, kind, ident, uid, incarnation, revision } = input();
  const grant = { subject, secretId, kind, ident, uid, incarnation, revision, keyId: 'k', narrowed: false, expiry: 60 };
  const organization = { oid: OID, permissions: ['dr.list'], flairs: [] };
  const mint = createTokenMint({ issuer: ISSUER, audience: AUDIENCE, signer: () => hmac, clock: () => NOW });

  it('the mint of the exchange makes tokens that verify, cut to the lifetime', () => {
    const outcome = mint({ ...grant, shape: 'organization', organizations: [organization], notAfter: NOW + 30_000 });
    const jwt = outcome.allowed ? outcome.value.jwt : outcome.code;
    expect(payloadOf(jwt)).toMatchObject({ iat: now, exp: now + 30, oid: [OID] });
    const verify = createTokenVerifier({
      issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: [hmac], accepts: 'own' }],
    });
    expect(verify(jwt, NOW)).toHaveProperty('allowed', true);
  });

  it('the mint of the exchange refuses a bad expiry and a shape without its organization', () => {
    const bad = { ...grant, expiry: -1, shape: 'user', organizations: [], notAfter: Number.POSITIVE_INFINITY } as const;
    expect(mint(bad)).toHaveProperty('code', 'ERR_VALIDATION');
    expect(() => mint({ ...bad, expiry: 1, shape: 'organization' })).toThrow(/one organization/);
  });
});
