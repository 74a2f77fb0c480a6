import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey, revokeKey, rotateKey, setKeyState } from '@flairgate/core/administration';
import { keyStoreOf, mintKeyId, mintKeyText } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, operator, type Received, type RunningService, runService, seed } from './running-service.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const ROUNDS = { scheme: 'pbkdf2-sha256', rounds: 1000 } as const;
const RANDOM_KEYS = 10_000;

let folder: string;
let store: Store;
let running: RunningService;
let seeded: Awaited<ReturnType<typeof seed>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-wrong-'));
  store = await sqliteStore({ file: join(folder, 'flairgate.db') });
  // The failure limit would answer 429 to what these stories ask: it has its own.
  running = await runService(store, { keyHash: ROUNDS, gate: { failureLimit: { limit: 0 } } });
  seeded = await seed(running);
});

afterAll(async () => {
  await running.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const who = (key: string) => running.send({ method: 'GET', path: '/v1/who', headers: { 'x-api-key': key } });
const exchange = (fields: Readonly<Record<string, string>>) =>
  running.send({ method: 'POST', path: '/jwt', headers: FORM, body: new URLSearchParams(fields).toString() });

/** Hashes computed by the process, at the gate and at the exchange. */
function hashes(): number {
  const hasher = keyStoreOf(running.service.gate.authenticator)?.hasher;
  if (hasher === undefined) throw new Error('the service keeps no hashes');
  return hasher.count;
}

/** Returns everything by which a caller can distinguish two refusals. */
function seen({ status, headers, text }: Received): unknown {
  const { date: _, ...rest } = headers;
  return { status, headers: rest, text };
}

/** The keys that differ from this one at one position, once each: another letter, a digit, another case. */
function mutations(key: string): readonly string[] {
  const other = (character: string) => (character === 'A' ? 'B' : 'A');
  return Array.from(key, (character, at) => key.slice(0, at) + other(character) + key.slice(at + 1));
}

describe('a wrong key costs no hash', () => {
  it('a right key costs a hash, once, so that the count can be trusted', async () => {
    const before = hashes();
    expect((await who(seeded.organizationKey.text)).status).toBe(200);
    expect((await who(seeded.organizationKey.text)).status).toBe(200);
    expect(hashes()).toBe(before + 1);
  });

  it.each(['fg', 'uuid'] as const)(
    'a wrong key neither succeeds nor costs a hash: each position of a valid %s key changed once',
    async (format) => {
      const owner = { kind: 'organization', oid: seeded.oid } as const;
      const { administration } = running.service.context;
      const made = await done(createKey(administration, operator, { owner, name: `mutated ${format}`, format }));
      const before = hashes();
      for (const text of [...mutations(made.text), made.text.slice(0, -1), `${made.text}A`, made.text.toUpperCase()]) {
        expect((await who(text)).status).toBe(401);
        expect((await exchange({ oid: seeded.oid, secret: text })).status).toBe(401);
      }
      expect(hashes()).toBe(before);
      expect((await who(made.text)).status).toBe(200);
      expect(hashes()).toBe(before + 1);
    },
  );

  it(`a wrong key neither succeeds nor costs a hash: ${RANDOM_KEYS} well-formed random keys`, {
    timeout: 120_000,
  }, async () => {
    const { authenticator } = running.service.gate;
    const before = hashes();
    for (let made = 0; made < RANDOM_KEYS; made += 1) {
      const format = made % 2 === 0 ? 'fg' : 'uuid';
      const text = mintKeyText(format, mintKeyId(randomBytes), randomBytes);
      const answer = await authenticator.authenticate({ kind: 'api-key', text }, '127.0.0.1');
      if (!('code' in answer) || answer.code !== 'ERR_KEY_INVALID') expect(answer).toBe('refused');
    }
    expect(hashes()).toBe(before);
  });

  it('the hash of a key, its tag or its public id neither passes for the key nor costs a hash', async () => {
    const { keyId } = seeded.organizationKey;
    const rows = await store.read((tx) => tx.find('secret', { keyId }));
    const before = hashes();
    for (const text of [keyId, `fg_${keyId}`, ...rows.flatMap(({ hash, tag }) => [hash, tag])]) {
      expect((await who(text)).status).toBe(401);
      expect((await exchange({ oid: seeded.oid, secret: text })).status).toBe(401);
    }
    expect(hashes()).toBe(before);
  });
});

describe('every dead key gets the answer of an unknown one', () => {
  it('every dead key gets the answer of an unknown one, byte for byte and header for header, at the gate and at the exchange', async () => {
    const { administration } = running.service.context;
    const { oid } = seeded;
    const owner = { kind: 'organization', oid } as const;
    const make = async (
      name: string,
      more: { readonly ranges?: readonly string[]; readonly expiresAt?: number } = {},
    ) => done(createKey(administration, operator, { owner, name, ...more }));
    const expired = await make('expired', { expiresAt: Date.now() + 300 });
    const [revoked, disabled, rotated] = [await make('revoked'), await make('disabled'), await make('rotated')];
    const elsewhere = await make('elsewhere', { ranges: ['192.0.2.0/24'] });
    await done(revokeKey(administration, operator, { oid, keyId: revoked.keyId }));
    await done(setKeyState(administration, operator, { oid, keyId: disabled.keyId }, 'disabled'));
    await done(rotateKey(administration, operator, { oid, keyId: rotated.keyId, overlapSeconds: 0 }));
    await expect.poll(async () => (await who(expired.text)).status).toBe(401);

    const unknown = mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
    const wrong = mintKeyText('fg', seeded.organizationKey.keyId, randomBytes);
    const atGate = seen(await who(unknown));
    const atExchange = seen(await exchange({ oid, secret: unknown }));
    expect(atGate).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.anything() } });
    for (const text of [wrong, ...[revoked, disabled, expired, rotated, elsewhere].map((key) => key.text)]) {
      expect(seen(await who(text))).toEqual(atGate);
      expect(seen(await exchange({ oid, secret: text }))).toEqual(atExchange);
    }
    expect(seen(await exchange({ oid: '-', secret: seeded.organizationKey.text }))).toEqual(atExchange);
    expect(seen(await exchange({ uid: seeded.uid, secret: seeded.organizationKey.text }))).toEqual(atExchange);
  });
});
