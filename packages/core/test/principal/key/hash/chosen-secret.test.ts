import { randomBytes } from 'node:crypto';
import { checkChosenSecret } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';

describe('checkChosenSecret', () => {
  it('checkChosenSecret accepts random secrets in the usual forms', () => {
    for (let run = 0; run < 200; run += 1) {
      expect(checkChosenSecret(randomBytes(16).toString('hex')).allowed).toBe(true);
      expect(checkChosenSecret(randomBytes(24).toString('base64')).allowed).toBe(true);
    }
  });

  it('checkChosenSecret accepts a random secret of the least length, and none shorter', () => {
    const least = 'Ab3dE6gH9kq8ZtR2vXw7';
    expect(checkChosenSecret(least).allowed).toBe(true);
    expect(checkChosenSecret(least.slice(1)).allowed).toBe(false);
  });

  it('the longest secret is checked within moments', () => {
    const from = process.cpuUsage();
    expect(checkChosenSecret(`${'ab'.repeat(255)}c`).allowed).toBe(false);
    expect(checkChosenSecret(randomBytes(256).toString('hex')).allowed).toBe(true);
    // Time of the processor, in microseconds: a busy machine does not count.
    expect(process.cpuUsage(from).user).toBeLessThan(300_000);
  });

  it.each([
    '',
    'a',
    'password',
    'a'.repeat(20),
    'ab'.repeat(20),
    'passwordpassword',
    'abcdefghijklmnopqrstuvwxyz',
    '01234567890123456789',
    'aaaabbbbccccddddeeeeffff',
    'passwordpasswordpassword',
    'changemechangeme1234',
    '00000000-0000-4000-8000-000000000001',
    'with spaces in the middle of it',
    '\u00e9'.repeat(30),
    'x'.repeat(513),
    'fg_'.concat('Ab3dE6gH9kq8ZtR2vXw7LmN5pJc4YsBhQaFd1oT6uKe'),
  ])('checkChosenSecret refuses %j without a word of it', (text) => {
    const refused = checkChosenSecret(text);
    expect(refused).toMatchObject({ code: 'ERR_VALIDATION', members: { issues: [{ field: 'secret' }] } });
    if (text.length > 6) expect(JSON.stringify(refused)).not.toContain(text);
  });
});
