import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { verifySecret } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';

/** One PBKDF2-HMAC-SHA-256 vector; password, salt and derived key as bytes. */
interface Vector {
  readonly name: string;
  readonly password: Buffer;
  readonly salt: Buffer;
  readonly rounds: number;
  readonly derived: Buffer;
}

const named = process.env.FLAIRGATE_VECTORS || undefined;
const folder = resolve(named ?? resolve(import.meta.dirname, '../../../shared/vectors'));
const ab64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '').replaceAll('+', '.');

function load(): readonly Vector[] {
  if (!existsSync(folder)) return [];
  const read = (path: string) => JSON.parse(readFileSync(resolve(folder, path), 'utf8'));
  const wycheproof = read('wycheproof/pbkdf2_hmacsha256_test.json').testGroups.flatMap(
    (group: { tests: { tcId: number; password: string; salt: string; iterationCount: number; dk: string }[] }) =>
      group.tests.map(({ tcId, password, salt, iterationCount, dk }) => ({
        name: `wycheproof ${tcId}`,
        password: Buffer.from(password, 'hex'),
        salt: Buffer.from(salt, 'hex'),
        rounds: iterationCount,
        derived: Buffer.from(dk, 'hex'),
      })),
  );
  const rfc = read('rfc-examples/rfc-examples.json').pbkdf2.filter((each: { hash: string }) => each.hash === 'sha256');
  const examples = rfc.map(
    ({
      id,
      password,
      salt,
      iterations,
      dk,
    }: {
      id: string;
      password: string;
      salt: string;
      iterations: number;
      dk: string;
    }) => ({
      name: id,
      password: Buffer.from(password),
      salt: Buffer.from(salt),
      rounds: iterations,
      derived: Buffer.from(dk, 'hex'),
    }),
  );
  return [...wycheproof, ...examples];
}

/** A secret is text, and 32 bytes are stored: the first of a longer derived key, whose blocks stand alone. */
function isUsable(vector: Vector): boolean {
  const { password, derived } = vector;
  return !isRefused(vector) && derived.length >= 32 && Buffer.from(password.toString('utf8')).equals(password);
}

/** Too few rounds; or NUL at the end, where PBKDF2 gives the same for two secrets. */
function isRefused({ password, rounds }: Vector): boolean {
  return rounds < 1000 || password.at(-1) === 0;
}

function stored({ rounds, salt, derived }: Vector, flip = 0): string {
  const checksum = Buffer.from(derived.subarray(0, 32));
  checksum.writeUInt8(checksum.readUInt8(31) ^ flip, 31);
  return `$pbkdf2-sha256$${rounds}$${ab64(salt)}$${ab64(checksum)}`;
}

const vectors = load();
const usable = vectors.filter(isUsable);

/** @see RFC 7914 §11; vectors of C2SP's Wycheproof */
describe('published PBKDF2-HMAC-SHA-256 vectors', () => {
  it('published PBKDF2-HMAC-SHA-256 vectors are there, unless their folder is not', ({ skip }) => {
    if (vectors.length === 0 && named === undefined) skip(`no vectors in ${folder}`);
    expect(vectors.length).toBeGreaterThanOrEqual(62);
    expect(usable.length).toBeGreaterThanOrEqual(20);
  });

  it.each(usable)('published PBKDF2-HMAC-SHA-256 vectors verify as stored hashes: $name', async (vector) => {
    const secret = vector.password.toString('utf8');
    expect(await verifySecret(secret, stored(vector))).toBe(true);
    expect(await verifySecret(secret, stored(vector, 1))).toBe(false);
    expect(await verifySecret(`${secret}x`, stored(vector))).toBe(false);
  });

  it.each(vectors.filter((vector) => isRefused(vector) && vector.derived.length >= 32))(
    'published PBKDF2-HMAC-SHA-256 vectors that we do not take verify as nothing: $name',
    async (vector) => {
      expect(await verifySecret(vector.password.toString('utf8'), stored(vector))).toBe(false);
    },
  );
});
