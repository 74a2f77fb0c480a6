import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { OptionError } from '@flairgate/core';
import { checkHashSetting, hashSecret } from '@flairgate/core/calibrate';
import { needsRehash, verifySecret } from '@flairgate/core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const secret = 'a secret of a test';
const slow = { scheme: 'pbkdf2-sha256', rounds: 1000 } as const;
const fast = { scheme: 'sha256', rounds: 1000 } as const;
const ab64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '').replaceAll('+', '.');

/** passlib's form, made without our code. */
function passlib(rounds: number | string, salt = Buffer.alloc(16, 0xfb), checksumBytes = 32): string {
  const checksum = pbkdf2Sync(secret, salt, Math.max(1, Number(rounds) % 5000 || 1), checksumBytes, 'sha256');
  return `$pbkdf2-sha256$${rounds}$${ab64(salt)}$${ab64(checksum)}`;
}

describe('hashSecret', () => {
  it("hashSecret prints passlib's form with its rounds, 16 bytes of salt and 32 of checksum", async () => {
    const salt = Buffer.alloc(16, 0xfb);
    expect(await hashSecret(secret, slow, () => salt)).toBe(passlib(1000));
    expect(await hashSecret(secret, slow, randomBytes)).toMatch(
      /^\$pbkdf2-sha256\$1000\$[A-Za-z0-9./]{22}\$[A-Za-z0-9./]{43}$/,
    );
  });

  it('hashSecret names the fast scheme as our own', async () => {
    expect(await hashSecret(secret, fast, randomBytes)).toMatch(/^\$fg-sha256\$[A-Za-z0-9./]{22}\$[A-Za-z0-9./]{43}$/);
  });

  it.each([slow, fast])('hashSecret never gives one secret the same hash twice ($scheme)', async (setting) => {
    expect(await hashSecret(secret, setting, randomBytes)).not.toBe(await hashSecret(secret, setting, randomBytes));
  });

  it.each([0, 1, 999, 10_000_001, 1e12, -1000, 1000.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'hashSecret refuses %s rounds with the name of the option',
    async (rounds) => {
      expect(() => checkHashSetting({ scheme: 'pbkdf2-sha256', rounds })).toThrow(/^rounds:/);
      await expect(hashSecret(secret, { scheme: 'pbkdf2-sha256', rounds }, randomBytes)).rejects.toThrow(OptionError);
    },
  );

  it('hashSecret refuses a secret that ends in NUL, which PBKDF2 cannot tell from one without', async () => {
    await expect(hashSecret(`${secret}\u0000`, slow, randomBytes)).rejects.toThrow(/NUL/);
  });

  it('hashSecret refuses a source of randomness that gives too little', async () => {
    await expect(hashSecret(secret, slow, () => new Uint8Array(8))).rejects.toThrow(/randomness/);
  });
});

describe('verifySecret', () => {
  it.each([slow, fast])('verifySecret accepts the secret and no other ($scheme)', async (setting) => {
    const stored = await hashSecret(secret, setting, randomBytes);
    expect(await verifySecret(secret, stored)).toBe(true);
    for (const other of ['', secret.slice(1), `${secret} `, secret.toUpperCase(), `${secret}\u0000`, stored]) {
      expect(await verifySecret(other, stored)).toBe(false);
    }
  });

  it('verifySecret looks at every character of a long secret', async () => {
    const long = 'k'.repeat(500);
    const stored = await hashSecret(long, slow, randomBytes);
    expect(await verifySecret(`${long.slice(0, -1)}x`, stored)).toBe(false);
    expect(await verifySecret(long, stored)).toBe(true);
  });

  it('verifySecret accepts hashes made elsewhere, with other salts', async () => {
    expect(await verifySecret(secret, passlib(1000))).toBe(true);
    expect(await verifySecret(secret, passlib(1000, Buffer.alloc(8, 1)))).toBe(true);
  });

  it('verifySecret refuses a hash with any one character changed', async () => {
    const stored = passlib(1000);
    for (let at = 0; at < stored.length; at += 1) {
      const changed = stored.slice(0, at) + (stored[at] === '4' ? '5' : '4') + stored.slice(at + 1);
      // Four thousand or more million rounds are refused by form; a digit more or less is another hash.
      if (/^\$pbkdf2-sha256\$[45]?\d{3}\$/.test(changed) || !/^\$pbkdf2-sha256\$\d/.test(changed)) {
        expect(await verifySecret(secret, changed), `at ${at}`).toBe(false);
      }
    }
  });

  it.each([
    ['nothing', ''],
    ['text', 'secret'],
    ['no rounds', passlib('')],
    ['0 rounds', passlib(0)],
    ['1 round', passlib(1)],
    ['999 rounds', passlib(999)],
    ['too many rounds', passlib(10_000_001)],
    ['far too many rounds', passlib('1000000000000')],
    ['negative rounds', passlib('-1000')],
    ['rounds with a leading zero', passlib('01000')],
    ['rounds in exponent form', passlib('1e3')],
    ['rounds as text', passlib('many')],
    ['a short checksum', passlib(1000, undefined, 31)],
    ['a long checksum', passlib(1000, undefined, 33)],
    ['an empty salt', passlib(1000, Buffer.alloc(0))],
    ['a tiny salt', passlib(1000, Buffer.alloc(3))],
    ['a huge salt', passlib(1000, Buffer.alloc(65))],
    ['padding', `${passlib(1000)}=`],
    ['a line feed', `${passlib(1000)}\n`],
    ['standard base64', passlib(1000).replaceAll('.', '+')],
    ["Django's form", passlib(1000).replace('$pbkdf2-sha256', 'pbkdf2_sha256')],
    ['another digest', passlib(1000).replace('sha256', 'sha512')],
    ['a fifth part', `${passlib(1000)}$a`],
  ])('verifySecret takes a stored form with %s as a hash of no secret, at once', async (_, stored) => {
    const from = process.cpuUsage();
    expect(await verifySecret(secret, stored)).toBe(false);
    // Time of the processor, in microseconds: a busy machine does not count.
    expect(process.cpuUsage(from).user).toBeLessThan(300_000);
  });

  it('verifySecret never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string({ unit: 'binary' }), async (text, stored) => {
        expect(await verifySecret(text, `$fg-sha256$${stored}`)).toBe(false);
        expect(await verifySecret(text, stored)).toBe(false);
      }),
    );
  });
});

describe('needsRehash', () => {
  it('needsRehash asks for a new hash when scheme or rounds differ from the setting, up or down', () => {
    expect(needsRehash(passlib(1000), slow)).toBe(false);
    expect(needsRehash(passlib(1001), slow)).toBe(true);
    expect(needsRehash(passlib(1000), { ...slow, rounds: 2000 })).toBe(true);
    expect(needsRehash(passlib(1000), fast)).toBe(true);
  });

  it('needsRehash does not look at rounds where there are none, nor at what it cannot read', async () => {
    const stored = await hashSecret(secret, fast, randomBytes);
    expect(needsRehash(stored, { ...fast, rounds: 5000 })).toBe(false);
    expect(needsRehash(stored, slow)).toBe(true);
    expect(needsRehash('gone', slow)).toBe(false);
  });
});
