import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UnavailableError } from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';

const coded = (code: string, message = 'MARKED') => Object.assign(new Error(message), { code });

describe('the cause of a fault', () => {
  it.each([
    ['SQLITE_FULL', 'the disk is full'],
    ['ENOSPC', 'the disk is full'],
    ['53100', 'the disk is full'],
    ['SQLITE_READONLY', 'the database file or its folder may not be written'],
    ['SQLITE_IOERR_WRITE', 'the disk cannot be read or written'],
    ['SQLITE_CORRUPT', 'the database file is damaged; restore it from a copy'],
    ['SQLITE_BUSY_SNAPSHOT', 'another process holds the database for too long'],
    ['ECONNREFUSED', 'no connection: nothing listens at that address'],
    ['ENOTFOUND', 'no connection: the name of the server is not known'],
    ['ECONNRESET', 'the connection was lost'],
    ['57014', 'no answer in time'],
    ['55P03', 'another write held the lock for too long'],
    ['UND_ERR_HEADERS_TIMEOUT', 'no answer in time'],
    ['28P01', 'the server refuses the user or the password'],
    ['CERT_HAS_EXPIRED', 'the certificate of the server has expired'],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      expect.stringMatching(/^the certificate of the server is not trusted; .*NODE_EXTRA_CA/),
    ],
    ['57P01', 'the server is starting or stopping'],
    ['25006', 'the server lets this user only read, or is a standby'],
    ['0A000', 'the server lets this user only read, or is a standby'],
  ])('the cause of a fault is said in words for %s', (code, text) => {
    expect(faultCause(coded(code))).toEqual({ text, code });
  });

  it.each([
    [1544, 'SQLITE_READONLY', 'the database file or its folder may not be written'],
    [2570, 'SQLITE_IOERR', 'the disk cannot be read or written'],
    [267, 'SQLITE_CORRUPT', 'the database file is damaged; restore it from a copy'],
    [782, 'SQLITE_CANTOPEN', 'the database file cannot be opened'],
  ])(
    'the cause of a fault is that of the plain code where the driver has no name for extended code %i',
    (number, code, text) => {
      expect(faultCause(coded(`UNKNOWN_SQLITE_ERROR_${number}`))).toEqual({ text, code });
    },
  );

  it('the cause of a fault is found inside other errors, and among several', () => {
    const refused = new AggregateError([coded('ECONNREFUSED')], 'MARKED');
    const failed = new UnavailableError('store', new TypeError('fetch failed', { cause: refused }));
    expect(faultCause(failed)).toEqual({
      text: 'no connection: nothing listens at that address',
      code: 'ECONNREFUSED',
    });
  });

  it('the cause of a fault is told by the name or the message where drivers give no code', () => {
    const named = Object.assign(new Error('MARKED'), { name: 'ConnectionTimeoutError' });
    expect(faultCause(named).text).toBe('no answer in time');
    expect(faultCause(new Error('Query read timeout')).text).toBe('no answer in time');
    expect(faultCause(new Error('Connection terminated unexpectedly')).text).toBe('the connection was lost');
    expect(faultCause(new Error('WRONGPASS invalid username-password pair MARKED')).text).toMatch(/refuses the user/);
    expect(faultCause(new Error('too many look-ups are waiting')).text).toBe('too many look-ups are waiting');
  });

  it('the cause of a fault repeats no message and no code of others', () => {
    const secret = 'postgres://user:MARKED@host';
    const errors = [
      new Error(secret),
      coded(secret, secret),
      coded('XX999', secret),
      coded('EUNKNOWN', secret),
      Object.assign(new Error(secret), { name: secret }),
      new Error('', { cause: secret }),
      new UnavailableError('store', secret),
      secret,
      undefined,
    ];
    for (const error of errors) {
      const cause = faultCause(error);
      expect(cause.text).not.toBe('');
      expect(JSON.stringify(cause)).not.toContain('MARKED');
    }
    const circle = new Error('MARKED');
    circle.cause = circle;
    expect(faultCause(circle)).toEqual({ text: 'an error of the kind Error', code: undefined });
  });

  it('the cause of a fault is said in words for every fault that Flairgate itself makes', () => {
    const texts = sources().flatMap((source) =>
      [...source.matchAll(/new UnavailableError\(\s*'[a-z-]+',\s*new Error\('([^']+)'\)/g)].map(([, text]) => text),
    );
    expect(texts.length).toBeGreaterThan(10);
    for (const text of texts) expect(faultCause(new Error(text)).text).toBe(text);
  });
});

it('the cause of a fault is said in words for everything that took too long', async () => {
  const things = sources().flatMap((source) =>
    [...source.matchAll(/(?:withDeadline|tooLate)\(\s*[^'()]*,?\s*'([^']+)'/g)].map(([, thing]) => thing),
  );
  expect(things.length).toBeGreaterThan(5);
  const late = (thing: string | undefined) => `${thing} took longer than 3000 ms`;
  for (const thing of things) expect(faultCause(new Error(late(thing))).text).toBe(late(thing));
});

/** The text of every source file of every package. */
function sources(): readonly string[] {
  const packages = fileURLToPath(new URL('../../../', import.meta.url));
  return readdirSync(packages).flatMap((name) => {
    const folder = `${packages}${name}/src`;
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    return files.map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
  });
}
