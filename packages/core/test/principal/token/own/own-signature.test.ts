import { generateKeyPairSync } from 'node:crypto';
import { isOwnSignature, tokenKey } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';
import { craft, header, input, keys, mint, signers } from '../token-fixture.js';

const text = mint(input());

describe('the signature of an own token', () => {
  it('the signature of an own token is right by its own key alone', () => {
    expect(isOwnSignature({ text }, keys.ES256)).toBe(true);
    expect(isOwnSignature({ text: mint(input(), signers.RS256) }, keys.RS256)).toBe(true);
    expect(isOwnSignature({ text }, keys.RS256)).toBe(false);
    expect(isOwnSignature({ text: text.replace(/\.[^.]*$/, `.${'A'.repeat(86)}`) }, keys.ES256)).toBe(false);
    expect(isOwnSignature({ text: 'no.token' }, keys.ES256)).toBe(false);
  });

  it('times decide nothing about a signature', () => {
    expect(isOwnSignature({ text: craft(header(), { exp: 1 }) }, keys.ES256)).toBe(true);
    expect(isOwnSignature({ text: craft(header(), { nbf: 9_999_999_999 }) }, keys.ES256)).toBe(true);
  });

  it('a JWT whose payload is no JSON has no right signature, though it is signed', () => {
    expect(isOwnSignature({ text: craft({ ...header(), typ: 'JWT' }, '{"a":') }, keys.ES256)).toBe(false);
  });

  it('a key of an algorithm in which no own token is signed makes nothing right', () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signed = craft({ alg: 'RS256', typ: 'at+jwt' }, {}, { kid: 'k', algorithm: 'RS256', key: privateKey });
    expect(isOwnSignature({ text: signed }, tokenKey('k', 'RS256', publicKey))).toBe(true);
    expect(isOwnSignature({ text: signed }, tokenKey('k', 'RS512', publicKey))).toBe(false);
    expect(isOwnSignature({ text: signed }, tokenKey('k', 'PS256', publicKey))).toBe(false);
  });
});
