import { checkCredential, readCredential } from '@flairgate/core';
import { isB64Token } from '@flairgate/core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const key = 'a-key';
const token = 'aa.bb.cc';
const none = { kind: 'none' };
const asKey = { kind: 'api-key', text: key };
const asToken = { kind: 'bearer', text: token };

describe('readCredential', () => {
  it.each([
    ['nothing', [], none],
    ['other headers only', ['Host', 'a', 'Cache-Control', 'no-cache', 'sec-ch-ua', '"x"'], none],
    ['a key', ['x-api-key', key], asKey],
    ['a key, name in capitals', ['X-API-KEY', key], asKey],
    ['a token', ['authorization', `Bearer ${token}`], asToken],
    ['a token, name in capitals', ['AUTHORIZATION', `Bearer ${token}`], asToken],
    ['a token, scheme in lower case', ['authorization', `bearer ${token}`], asToken],
    ['a token, scheme in any case', ['authorization', `bEARer ${token}`], asToken],
    ['a token after several spaces', ['authorization', `Bearer    ${token}`], asToken],
    ['the longest key', ['x-api-key', 'k'.repeat(512)], { kind: 'api-key', text: 'k'.repeat(512) }],
    [
      'all that follows a scheme without a space',
      ['authorization', `Bearer"${token}`],
      { kind: 'bearer', text: `"${token}` },
    ],
    ['another scheme that ends like the right one', ['authorization', 'Basic a Bearer '], none],
    ['a key beside another scheme', ['authorization', 'Basic YTpi', 'x-api-key', key], asKey],
    ['a key beside an empty Authorization', ['authorization', '', 'x-api-key', key], asKey],
    ['another scheme', ['authorization', `Basic ${token}`], none],
    ['no scheme', ['authorization', token], none],
    ['a glued scheme', ['authorization', `Bearer${token}`], none],
    ['a scheme that merely begins so', ['authorization', `Bearer-v2 ${token}`], none],
    ['a scheme that merely ends so', ['authorization', `XBearer ${token}`], none],
    ['an empty Authorization', ['authorization', ''], none],
    ['names that merely look alike', ['x-api-kez', key, 'x_api_key', key, 'authorizatiom', `Bearer ${token}`], none],
    ['the credential as a header name', [`Bearer ${token}`, 'authorization'], none],
  ])('readCredential reads %s', (_, headers, expected) => {
    expect(readCredential(headers)).toEqual(expected);
  });

  it('readCredential takes keys from every header that is listed, and from none besides', () => {
    const read = (name: string) => readCredential([name, key], { keyHeaders: ['x-one', 'x-two'] });
    expect(['X-One', 'x-two', 'x-api-key'].map(read)).toEqual([asKey, asKey, asKey]);
    expect(read('x-six')).toEqual(none);
    expect(readCredential(['x-one', key, 'x-two', key], { keyHeaders: ['x-one', 'x-two'] })).toMatchObject({
      code: 'ERR_CREDENTIAL_AMBIGUOUS',
    });
  });

  it('readCredential takes a bearer for a key only if that is set and it has the form of a key', () => {
    const uuid = '01234567-89ab-4cde-8f01-23456789abcd';
    const read = (text: string, bearerKeys?: boolean) =>
      readCredential(['authorization', `Bearer ${text}`], bearerKeys === undefined ? {} : { bearerKeys });
    expect(read(uuid, true)).toEqual({ kind: 'api-key', text: uuid });
    expect(read(token, true)).toEqual(asToken);
    expect(read(uuid, false)).toEqual({ kind: 'bearer', text: uuid });
    expect(read(uuid)).toEqual({ kind: 'bearer', text: uuid });
  });

  it.each([
    ['two keys', ['x-api-key', key, 'X-Api-Key', key]],
    ['two keys, one empty', ['x-api-key', key, 'x-api-key', '']],
    ['two tokens', ['authorization', `Bearer ${token}`, 'Authorization', `Bearer ${token}`]],
    ['two lines of other schemes', ['authorization', 'Basic YTpi', 'authorization', 'Basic YTpi']],
    ['two empty lines', ['authorization', '', 'authorization', '']],
    ['another scheme before a token', ['authorization', 'Basic YTpi', 'authorization', `Bearer ${token}`]],
    ['a key and a token', ['x-api-key', key, 'authorization', `Bearer ${token}`]],
    ['a token and a key', ['authorization', `Bearer ${token}`, 'x-api-key', key]],
    ['a bad key and a token', ['x-api-key', '', 'authorization', `Bearer ${token}`]],
    ['a key and a bad token', ['x-api-key', key, 'authorization', 'Bearer']],
    ['a key and an overlong token', ['x-api-key', key, 'authorization', `Bearer ${'a'.repeat(9000)}`]],
  ])('readCredential refuses %s and picks none', (_, headers) => {
    expect(readCredential(headers)).toMatchObject({ allowed: false, code: 'ERR_CREDENTIAL_AMBIGUOUS' });
  });

  it.each([
    ['an empty key', ['x-api-key', '']],
    ['a key header without a value', ['x-api-key']],
    ['an overlong key', ['x-api-key', 'a'.repeat(513)]],
    ['a scheme without a token', ['authorization', 'Bearer']],
    ['a scheme and spaces without a token', ['authorization', 'bearer   ']],
  ])('readCredential refuses %s as malformed', (_, headers) => {
    expect(readCredential(headers)).toMatchObject({ allowed: false, code: 'ERR_CREDENTIAL_MALFORMED' });
  });

  it('readCredential refuses a token over the limit with size, limit and remedy, and one at the limit passes', () => {
    const read = (length: number) =>
      readCredential(['authorization', `Bearer ${'a'.repeat(length)}`], { maxTokenBytes: 100 });
    expect(read(101)).toMatchObject({
      code: 'ERR_TOKEN_TOO_LARGE',
      detail: 'the token has 101 bytes, the limit is 100; ask for a token for one organization: add oid',
      members: { bytes: 101, limit: 100 },
    });
    expect(read(100)).toMatchObject({ kind: 'bearer' });
  });

  it('readCredential takes tokens of 8192 bytes by default, not of 8193', () => {
    expect(readCredential(['authorization', `Bearer ${'a'.repeat(8192)}`])).toMatchObject({ kind: 'bearer' });
    expect(readCredential(['authorization', `Bearer ${'a'.repeat(8193)}`])).toMatchObject({
      code: 'ERR_TOKEN_TOO_LARGE',
    });
  });

  it('readCredential finds a credential behind a thousand other headers', () => {
    const many = Array.from({ length: 1500 }, (_, at) => [`x-h-${at}`, 'v']).flat();
    expect(readCredential([...many, 'x-api-key', key])).toEqual(asKey);
  });

  it('readCredential never throws, and no refusal holds what was sent', () => {
    const names = fc.oneof(fc.constantFrom('x-api-key', 'Authorization', 'X-API-KEY'), fc.string());
    const values = fc.oneof(
      fc.string({ minLength: 12 }),
      fc.string({ minLength: 12 }).map((text) => `Bearer ${text}`),
    );
    const headers = fc.array(fc.tuple(names, values)).map((pairs) => pairs.flat());
    fc.assert(
      fc.property(headers, (raw) => {
        const read = readCredential(raw, { maxTokenBytes: 40 });
        if ('kind' in read) return read.kind === 'none' || raw.some((text) => text.endsWith(read.text));
        return raw.every((text) => text.length < 12 || !JSON.stringify(read).includes(text));
      }),
    );
  });
});

describe('checkCredential', () => {
  it.each(['a', 'aa.bb.cc', 'AZaz09-._~+/', 'YQ==', 'a='])('checkCredential accepts the b64token %s', (text) => {
    expect(isB64Token(text)).toBe(true);
    expect(checkCredential({ kind: 'bearer', text })).toBeUndefined();
  });

  it.each(['', '=', 'a=b', 'a b', 'a\n', '\ta', '"a"', 'a,b', '{a}', 'a:b', '\u00e9', 'a\u0000', 'a%20'])(
    'checkCredential refuses %j as a token before anything looks it up',
    (text) => {
      expect(isB64Token(text)).toBe(false);
      expect(checkCredential({ kind: 'bearer', text })).toMatchObject({ code: 'ERR_CREDENTIAL_MALFORMED' });
    },
  );

  it.each(['null', 'undefined', '[object', 'a,b', '"a"', '{a:b}', 'fg_x'])(
    'checkCredential lets the key %s be looked up',
    (text) => {
      expect(checkCredential({ kind: 'api-key', text })).toBeUndefined();
    },
  );

  it.each(['a, b', '\u00e9', '\u200ba', '\uff21', 'a\u0000', 'a\t'])(
    'checkCredential answers %j as a key that does not exist',
    (text) => {
      expect(checkCredential({ kind: 'api-key', text })).toMatchObject({ code: 'ERR_KEY_INVALID' });
    },
  );

  it('checkCredential has nothing to say without a credential', () => {
    expect(checkCredential({ kind: 'none' })).toBeUndefined();
  });

  it('checkCredential judges a hostile token in linear time', () => {
    const from = process.cpuUsage();
    for (const text of [`${'a'.repeat(16_000)}!`, `${'a='.repeat(8000)}`, `${'='.repeat(16_000)}a`]) {
      expect(isB64Token(text)).toBe(false);
    }
    // Time of the processor, in microseconds: a busy machine does not count.
    expect(process.cpuUsage(from).user).toBeLessThan(300_000);
  });
});
