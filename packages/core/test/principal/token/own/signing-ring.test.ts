import { randomBytes, randomUUID } from 'node:crypto';
import { type Outcome, UnavailableError } from '@flairgate/core';
import { initialize, jwkThumbprint, memoryRowStore, openMaterial, tokenKeyFromJwk } from '@flairgate/core/internal';
import type { RowStore } from '@flairgate/core/store';
import { openSigningRing, type RingChange, type SigningRing, type SigningRingOptions } from '@flairgate/core/tokens';
import { beforeEach, describe, expect, it } from 'vitest';
import { input, mint, NOW, reasonOf, verifier } from '../token-fixture.js';

let store: RowStore;
let material: Awaited<ReturnType<typeof openMaterial>>;
let clock: number;

const open = (changes: Partial<SigningRingOptions> = {}): Promise<SigningRing> =>
  openSigningRing({ store, material, clock: () => clock, ...changes });
const rows = () => store.read((tx) => tx.find('signingKey', {}));
const changes = () => store.read((tx) => tx.find('change', {}));
const must = <T>(outcome: Outcome<T>): T => {
  if (!outcome.allowed) throw new Error(outcome.code);
  return outcome.value;
};
/** A token signed by the ring at this moment, and whether the ring still verifies it. */
const issue = (ring: SigningRing): string =>
  mint(input({ issuedAt: Math.floor(clock / 1000), expiresAt: Math.floor(clock / 1000) + 3600 }), ring.signer());
const check = (ring: SigningRing, jwt: string): string => reasonOf(verifier({ keys: ring })(jwt, clock));

beforeEach(async () => {
  clock = NOW;
  store = memoryRowStore();
  await initialize(store, randomUUID);
  material = await openMaterial(store, randomBytes(32));
});

describe('the signing ring', () => {
  it('the signing ring has one key though 20 processes start at once on an empty store, and every token verifies everywhere', async () => {
    const rings = await Promise.all(Array.from({ length: 20 }, () => open()));
    expect(await rows()).toHaveLength(1);
    const tokens = rings.map(issue);
    for (const ring of rings) for (const jwt of tokens) expect(check(ring, jwt)).toBe('accepted');
  });

  it.each(['ES256', 'RS256'] as const)(
    'a new ring signs %s immediately, with the thumbprint as kid',
    async (algorithm) => {
      const ring = await open({ algorithm });
      const { kid, algorithm: used } = ring.signer();
      expect(used).toBe(algorithm);
      const [jwk] = ring.jwks().keys;
      expect(jwk).toMatchObject({ kid, alg: algorithm, use: 'sig' });
      expect(jwkThumbprint(tokenKeyFromJwk(jwk).key)).toBe(kid);
      expect(check(ring, issue(ring))).toBe('accepted');
    },
  );

  it('the signing ring publishes public members only, and keeps the private half sealed', async () => {
    const ring = await open();
    await ring.rotate();
    const published = JSON.stringify(ring.jwks());
    expect(ring.jwks().keys).toHaveLength(2);
    for (const key of ring.jwks().keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    const secret = ring.signer().key.export({ format: 'jwk' }).d ?? '';
    expect(secret.length).toBeGreaterThan(40);
    const kept = JSON.stringify(await rows());
    const der = ring.signer().key.export({ type: 'pkcs8', format: 'der' });
    for (const text of [
      secret,
      der.toString('base64url'),
      der.toString('base64'),
      der.toString('hex'),
      'PRIVATE KEY',
    ]) {
      expect(published).not.toContain(text);
      expect(kept).not.toContain(text);
    }
  });

  it('a signing ring is the same after a restart', async () => {
    const before = await open();
    const jwt = issue(before);
    const after = await open();
    expect(after.signer().kid).toBe(before.signer().kid);
    expect(check(after, jwt)).toBe('accepted');
  });

  it('the signing ring does not open under other key material, nor with a key that was exchanged in the store', async () => {
    const ring = await open();
    const other = await openMaterialElsewhere();
    await expect(open({ material: other })).rejects.toThrow(UnavailableError);
    const [row] = await rows();
    const stranger = await (async () => {
      const elsewhere = memoryRowStore();
      await initialize(elsewhere, randomUUID);
      return openSigningRing({ store: elsewhere, material, clock: () => clock });
    })();
    const { kid: _kid, ...members } = stranger.jwks().keys[0] ?? { kid: '' };
    await store.write((tx) =>
      tx.update('signingKey', { kid: row?.kid ?? '' }, { publicJwk: { ...members, kid: row?.kid } }),
    );
    await expect(open()).rejects.toThrow(UnavailableError);
    await expect(ring.reload()).rejects.toThrow(UnavailableError);
  });

  it('the signing ring does not sign with a private half that is of another key, though it opens', async () => {
    const careless = {
      seal: (plain: Uint8Array | string) => Buffer.from(plain).toString('base64'),
      open: (sealed: string) => Buffer.from(sealed, 'base64'),
    };
    const ring = await open({ material: careless });
    const { kid } = must(await ring.rotate());
    const other = (await rows()).find((row) => row.kid !== kid);
    await store.write((tx) => tx.update('signingKey', { kid }, { sealed: other?.sealed ?? '' }));
    clock += 900_000;
    await ring.reload();
    expect(() => ring.signer()).toThrow(UnavailableError);
  });

  it('openSigningRing refuses unknown options', async () => {
    await expect(open({ algoritm: 'RS256' } as never)).rejects.toThrow(/algorithm/);
    await expect(open({ algorithm: 'HS256' as never })).rejects.toThrow(/ES256 or RS256/);
    await expect(open({ maxTokenSeconds: Number.NaN })).rejects.toThrow(/maxTokenSeconds/);
  });
});

async function openMaterialElsewhere() {
  const elsewhere = memoryRowStore();
  await initialize(elsewhere, randomUUID);
  return openMaterial(elsewhere, randomBytes(32));
}

describe('rotation', () => {
  it('a rotation of the signing key publishes the next key before it signs', async () => {
    const ring = await open({ publishLeadSeconds: 900 });
    const first = ring.signer().kid;
    const { kid, activeFrom } = must(await ring.rotate());
    expect(activeFrom).toBe(NOW + 900_000);
    expect(ring.signer().kid).toBe(first);
    expect(ring.jwks().keys.map((key) => key.kid)).toEqual([first, kid]);
    clock = activeFrom - 1;
    expect(ring.signer().kid).toBe(first);
    clock = activeFrom;
    expect(ring.signer().kid).toBe(kid);
  });

  it('a rotation of the signing key keeps the old key for the life of a token, then drops it', async () => {
    const ring = await open();
    const first = ring.signer().kid;
    const { activeFrom } = must(await ring.rotate());
    clock = activeFrom - 1;
    const last = issue(ring);
    clock = activeFrom + 3_598_000;
    expect(check(ring, last)).toBe('accepted');
    clock = activeFrom + 3_900_000;
    expect(ring.find(first)).toBeUndefined();
    expect(ring.jwks().keys).toHaveLength(1);
    expect(await rows()).toHaveLength(2);
    clock += 1;
    await open();
    expect((await rows()).map((row) => row.kid)).toEqual([ring.signer().kid]);
  });

  it('a rotation of the signing key answers with the key that is waiting already instead of making a second', async () => {
    const ring = await open();
    const results = await Promise.all([ring.rotate(), ring.rotate(), (await open()).rotate()]);
    expect(new Set(results.map((result) => must(result).kid)).size).toBe(1);
    expect(await rows()).toHaveLength(2);
  });

  it('a rotation of the signing key loses no token in any of several processes, whichever has read the ring last', async () => {
    const [one, two] = [await open(), await open()];
    const { activeFrom } = must(await one.rotate());
    clock = activeFrom + 1;
    const tokens = [issue(one), issue(two)];
    for (const jwt of tokens) expect(check(one, jwt)).toBe('accepted');
    await two.reload();
    for (const jwt of tokens) expect(check(two, jwt)).toBe('accepted');
  });

  it('a rotation of the signing key is counted as a change that ends no token', async () => {
    const ring = await open();
    const { revision } = must(await ring.rotate());
    const made = await changes();
    expect(made.map(({ scope, id }) => `${scope}:${id}`)).toEqual(['signing-key:ring', 'signing-key:ring']);
    expect(made.at(-1)?.n).toBe(revision);
  });

  it('a rotation of the signing key turns to another algorithm when the ring is opened with it', async () => {
    const before = (await open()).signer();
    const ring = await open({ algorithm: 'RS256' });
    expect(ring.signer().kid).toBe(before.kid);
    clock += 900_000;
    expect(ring.signer().algorithm).toBe('RS256');
    expect(ring.find(before.kid)).toBeDefined();
    await open({ algorithm: 'RS256' });
    expect(await rows()).toHaveLength(2);
  });
});

describe('retirement', () => {
  it('retirement ends a stolen signing key at once, its tokens everywhere, and goes on with a new one', async () => {
    const [ring, elsewhere] = [await open(), await open()];
    const stolen = ring.signer().kid;
    const jwt = issue(ring);
    const { kid, revision } = must(await ring.retire(stolen));
    expect(kid).not.toBe(stolen);
    expect(check(ring, jwt)).toBe('token: unknown key');
    expect(ring.jwks().keys.map((key) => key.kid)).toEqual([kid]);
    expect(check(ring, issue(ring))).toBe('accepted');
    expect(
      (await changes()).filter((change) => change.n === revision).map(({ scope, id }) => `${scope}:${id}`),
    ).toContain(`signing-key:${stolen}`);
    await elsewhere.reload();
    expect(elsewhere.find(stolen)).toBeUndefined();
    expect(elsewhere.signer().kid).toBe(kid);
  });

  it('retirement of a signing key that does not sign leaves the one that does', async () => {
    const ring = await open();
    const signing = ring.signer().kid;
    const { kid } = must(await ring.rotate());
    expect(must(await ring.retire(kid)).kid).toBe(signing);
    clock += 900_000;
    expect(ring.signer().kid).toBe(signing);
  });

  it('retirement of an unknown signing key is refused, of a retired one nothing new', async () => {
    const ring = await open();
    expect(await ring.retire('nobody')).toMatchObject({ allowed: false, code: 'ERR_NOT_FOUND' });
    const stolen = ring.signer().kid;
    const first: RingChange = must(await ring.retire(stolen));
    expect(must(await ring.retire(stolen)).revision).toBe(first.revision);
    expect(await rows()).toHaveLength(2);
  });
});

describe('an unknown kid', () => {
  it('an unknown kid has the ring read again once, however many ask, and at most once a second', async () => {
    let reads = 0;
    const counted: RowStore = {
      ...store,
      read: (work) => {
        reads += 1;
        return store.read(work);
      },
    };
    const ring = await open({ store: counted });
    const before = reads;
    clock += 1000;
    const asked = Array.from({ length: 500 }, (_, index) => ring.refresh(`unknown-${index}`));
    await Promise.all(asked);
    expect(reads).toBe(before + 1);
    for (let index = 0; index < 500; index += 1) expect(ring.refresh(`other-${index}`)).toBeUndefined();
    clock += 1000;
    await ring.refresh('again');
    expect(reads).toBe(before + 2);
  });

  it('an unknown kid finds the key another process made', async () => {
    const [one, two] = [await open(), await open()];
    clock += 2000;
    must(await one.retire(one.signer().kid));
    const jwt = issue(one);
    expect(two.find(one.signer().kid)).toBeUndefined();
    clock += 1;
    await two.refresh(one.signer().kid);
    expect(check(two, jwt)).toBe('accepted');
  });
});
