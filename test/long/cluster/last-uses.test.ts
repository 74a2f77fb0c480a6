import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { createAuthenticator, isDenial } from '@flairgate/core';
import { createKey, createOrganization, rotateKey, setKeyState } from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import type { KeyRow, SecretRow } from '@flairgate/core/store';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
} from '../../../packages/core/test/administration/fixture.js';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../../packages/stores/test/databases.js';
import { watchStalls } from './stalls.ts';

const KEYS = Number(process.env.KEYS ?? 20_000);
const EACH = 100;
const SLOWEST_WRITE_MS = 250;
const LONGEST_STALL_MS = 50;

const kinds = await kindsToTest(['sqlite', 'postgres']);

let database: TestDatabase;
let setting: AdministrationFixture;

afterEach(async () => {
  await setting?.authenticator.close();
  await database?.remove();
});

/** Gives the texts of live keys, written by rows: to make them one by one would take most of the test. */
async function makeKeys(
  { store, context }: AdministrationFixture,
  oid: string,
): Promise<readonly { keyId: string; text: string }[]> {
  const owner = { kind: 'organization', oid } as const;
  const sample = must(await createKey(context, OPERATOR, { owner, name: 'sample', permissions: ['dr.list'] }));
  const { key, secret } = await store.read(async (tx) => ({
    key: (await tx.get('key', { keyId: sample.keyId })) as KeyRow,
    secret: (await tx.find('secret', { keyId: sample.keyId }))[0] as SecretRow,
  }));
  const hasher = createHasher();
  const made = [];
  for (let from = 0; from < KEYS; from += 500) {
    const slice = await Promise.all(
      Array.from({ length: Math.min(500, KEYS - from) }, async () => {
        const keyId = mintKeyId(randomBytes);
        const text = mintKeyText('fg', keyId, randomBytes);
        return { keyId, text, hash: await hasher.hash(text, { scheme: 'sha256', rounds: 1 }) };
      }),
    );
    await store.write(async (tx) => {
      for (const { keyId, text, hash } of slice) {
        await tx.insert('key', { ...key, keyId, name: keyId });
        await tx.insert('secret', { ...secret, tag: store.material.tag(text), keyId, hash, lastUsedAt: null });
      }
    });
    made.push(...slice);
  }
  return made;
}

/** Milliseconds that each of some security writes took, one after another, spread over what runs meanwhile. */
async function securityWrites(
  { context }: AdministrationFixture,
  oid: string,
  keyIds: readonly string[],
): Promise<number[]> {
  const took = [];
  for (const [at, keyId] of keyIds.entries()) {
    const from = performance.now();
    must(
      at % 2 === 0
        ? await rotateKey(context, OPERATOR, { oid, keyId })
        : await setKeyState(context, OPERATOR, { oid, keyId }, 'disabled'),
    );
    took.push(performance.now() - from);
  }
  return took.sort((a, b) => a - b);
}

describe.each(kinds)('on %s', (kind) => {
  test(`${KEYS} keys used within a minute hold up no security write and no request`, async () => {
    database = await makeDatabase(kind);
    setting = await openAdministrationFixture(await database.open());
    const { oid } = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' }));
    const keys = await makeKeys(setting, oid);
    const gate = createAuthenticator({ store: setting.store, clock: setting.clock });
    for (const [at, { text }] of keys.entries()) {
      // A file answers without a turn of the event loop: what is left over for the next one would be a stall.
      if (at % 20 === 0) await setImmediate();
      if (isDenial(await gate.authenticate({ kind: 'api-key', text }, undefined))) throw new Error('was refused');
    }
    const changed = keys.filter((_, at) => at % Math.floor(KEYS / (2 * EACH)) === 0).slice(0, 2 * EACH);
    const stalls = watchStalls();
    const from = performance.now();
    let flushedMs = 0;
    const flushing = gate.close().then(() => {
      flushedMs = performance.now() - from;
    });
    const took = await securityWrites(
      setting,
      oid,
      changed.map(({ keyId }) => keyId),
    );
    const writesMs = performance.now() - from;
    await flushing;
    const { longestMs, longestOwnMs } = stalls.stop();
    const slowestMs = took.at(-1) ?? Number.NaN;
    const [load] = loadavg();
    const written = { slowestMs, medianMs: took[EACH], writesMs, flushedMs };
    const figures = { kind, keys: KEYS, ...written, longestMs, longestOwnMs, load };
    process.stdout.write(
      `${JSON.stringify(figures, (_, value) => (Number.isFinite(value) ? Math.round(value * 10) / 10 : value))}\n`,
    );
    const secrets = await setting.store.read((tx) => tx.find('secret', {}));
    expect(secrets.filter(({ lastUsedAt }) => lastUsedAt !== null).length).toBeGreaterThanOrEqual(KEYS - 2 * EACH);
    // On SQLite a write also waits for the disk, and any stall for the processor that others use.
    if (kind === 'postgres') expect(slowestMs).toBeLessThan(SLOWEST_WRITE_MS);
    if (kind === 'sqlite') expect(longestOwnMs).toBeLessThan(LONGEST_STALL_MS);
  });
});
