import { memoryStore } from '@flairgate/core';
import { mintToken } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { openSigningRing, type SigningRing, type TokenInput, type TokenSigner } from '@flairgate/core/tokens';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  byToken,
  call,
  done,
  type Issuer,
  type ManualClock,
  type Member,
  manualClock,
  type NewKey,
  startIssuer,
  startMember,
} from './services-fixture.ts';

const LEAD_SECONDS = 120;
const STEP_SECONDS = 10;
/** Longer than a key set is used without being read again. */
const RUN_SECONDS = 1_200;

let store: Store;
let clock: ManualClock;
let issuer: Issuer;
let ring: SigningRing;
let oid: string;
let key: NewKey;
let service: NewKey;
let isDown: boolean;
let asked: number;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  store = await memoryStore();
  clock = manualClock();
  // What `flairgate signing-key rotate` does, in a process of its own.
  ring = await openSigningRing({
    store,
    material: store.material,
    clock: clock.wall,
    publishLeadSeconds: LEAD_SECONDS,
  });
  issuer = await startIssuer({ store, clock });
  oid = await issuer.organization('acme');
  key = await issuer.key(oid, 'vendor', ['dr.list']);
  service = await issuer.serviceKey({ name: 'rules', organizations: 'all', mayExchange: [] });
  isDown = false;
  asked = 0;
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await issuer.close();
});

/** A service that verifies by the published keys, and loses them alone while `isDown`. */
async function member(): Promise<Member> {
  const started = await startMember({
    remote: {
      url: issuer.url,
      serviceKey: service.text,
      fetch: (url, init) => {
        if (!url.endsWith('/jwks.json')) return fetch(url, init);
        asked += 1;
        return isDown ? Promise.reject(new Error('down')) : fetch(url, init);
      },
    },
    gate: { clock },
  });
  closers.push(() => started.close());
  return started;
}

const token = () => issuer.token({ oid, secret: key.text });
const kidOf = (jwt: string): string => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).kid;

async function rotate(): Promise<{ readonly kid: string; readonly activeFrom: number }> {
  const change = await done(ring.rotate());
  await issuer.service.gate.authenticator.revision.sync();
  await vi.waitFor(() => expect(issuer.service.context.signingKeys.jwks().keys).toHaveLength(2), { timeout: 30_000 });
  return change;
}

describe('a rotation under load', () => {
  it('a rotation under load fails no verification, at the issuer or at a service whose key set is down in the middle', async () => {
    const rules = await member();
    const { kid } = await rotate();
    const live: { readonly jwt: string; readonly endsAt: number }[] = [];
    const used = new Set<string>();
    const statuses = new Map<number, number>();
    for (let second = 0; second < RUN_SECONDS; second += STEP_SECONDS) {
      // Down before the new key signs, and long after.
      isDown = second >= LEAD_SECONDS - 20 && second < RUN_SECONDS - 100;
      const jwt = await token();
      used.add(kidOf(jwt));
      live.push({ jwt, endsAt: clock.wall() + 3_600_000 });
      const sample = [live.at(-1), live[Math.floor(second / 17) % live.length], live[0]];
      const calls = sample.flatMap((entry) =>
        [`${rules.url}/rules/${oid}`, `${issuer.url}/v1/who?oid=${oid}`].map((url) =>
          call(url, byToken(entry?.jwt ?? '')),
        ),
      );
      for (const { status } of await Promise.all(calls)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      clock.advance(STEP_SECONDS * 1000);
    }
    expect([...statuses]).toEqual([[200, (RUN_SECONDS / STEP_SECONDS) * 6]]);
    expect([...used]).toHaveLength(2);
    expect([...used][1]).toBe(kid);
    expect(asked).toBeGreaterThan(2);
  });

  it('a rotation under load is 503 and never 401 for a key that could not be fetched, and 200 when it can', async () => {
    const rules = await member();
    expect((await call(`${rules.url}/me`, byToken(await token()))).status).toBe(200);
    isDown = true;
    const { activeFrom } = await rotate();
    clock.advance(activeFrom - clock.wall());
    const jwt = await token();
    for (let time = 0; time < 3; time += 1) {
      expect(await call(`${rules.url}/me`, byToken(jwt))).toMatchObject({
        status: 503,
        body: { code: 'ERR_KEY_SET_UNAVAILABLE' },
      });
      clock.advance(10_000);
    }
    isDown = false;
    clock.advance(30_000);
    expect((await call(`${rules.url}/me`, byToken(jwt))).status).toBe(200);
  });
});

describe('the service', () => {
  it('the service signs with a key that another process made, and publishes it before', async () => {
    const before = kidOf(await token());
    const { kid, activeFrom } = await rotate();
    const published = await call(`${issuer.url}/.well-known/jwks.json`, {});
    expect(published.body.keys).toMatchObject([{ kid: before }, { kid }]);
    clock.advance(activeFrom - 1 - clock.wall());
    expect(kidOf(await token())).toBe(before);
    clock.advance(1);
    expect(kidOf(await token())).toBe(kid);
  });

  it('the service finds a key that no change told of within a minute of use', async () => {
    const before = kidOf(await token());
    const row = await spareRow();
    await store.write((tx) => tx.insert('signingKey', row));
    expect(kidOf(await token())).toBe(before);
    clock.advance(60_000);
    await token();
    await vi.waitFor(async () => expect(kidOf(await token())).toBe(row.kid), { timeout: 30_000 });
  });

  it('the service signs nothing while it cannot read which keys were retired', async () => {
    let isLost = false;
    const shaky: Store = {
      ...store,
      read: (work) => (isLost ? Promise.reject(new Error('lost')) : store.read(work)),
    };
    const second = await startIssuer({ store: shaky, clock });
    closers.push(() => second.service.close());
    isLost = true;
    clock.advance(60_000);
    const { signingKeys } = second.service.context;
    signingKeys.signer();
    await vi.waitFor(() => expect(() => signingKeys.signer()).toThrow(), { timeout: 30_000 });
    isLost = false;
    await vi.waitFor(() => expect(signingKeys.signer().kid).toBe(ring.signer().kid), { timeout: 30_000 });
  });
});

/** A row of a key that signs at once, sealed for this store. */
async function spareRow() {
  const elsewhere = await memoryStore();
  await openSigningRing({ store: elsewhere, material: store.material, clock: clock.wall });
  const [row] = await elsewhere.read((tx) => tx.find('signingKey', {}));
  await elsewhere.close();
  if (row === undefined) throw new Error('no key was made');
  return { ...row, activeFrom: clock.wall() + 1 };
}

describe('a superseded key', () => {
  it('a superseded key verifies nothing once every token it signed has ended, though it was never removed', async () => {
    const stolen = ring.signer();
    const genuine = await token();
    const { activeFrom } = await rotate();
    const who = (jwt: string) => call(`${issuer.url}/v1/who?oid=${oid}`, byToken(jwt));
    const ends = activeFrom + 3_900_000;
    clock.advance(ends - 1000 - clock.wall());
    expect((await who(forged(genuine, stolen))).status).toBe(200);
    clock.advance(1000);
    expect(await who(forged(genuine, stolen))).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_INVALID' } });
    expect(await store.read((tx) => tx.find('signingKey', {}))).toHaveLength(2);
    expect((await who(await token())).status).toBe(200);
  });

  it('a superseded key verifies nothing in a process that has seen no token of its successor', async () => {
    const stolen = ring.signer();
    const genuine = await token();
    expect((await call(`${issuer.url}/v1/who?oid=${oid}`, byToken(genuine))).status).toBe(200);
    const { activeFrom } = await done(ring.rotate());
    clock.advance(activeFrom + 3_900_000 - clock.wall());
    expect((await call(`${issuer.url}/v1/who?oid=${oid}`, byToken(forged(genuine, stolen)))).status).toBe(401);
  });
});

/** Returns the token that an attacker with an old private key could forge from one that was seen. */
function forged(genuine: string, signer: TokenSigner): string {
  const claims = JSON.parse(Buffer.from(genuine.split('.')[1] ?? '', 'base64url').toString());
  const issuedAt = Math.floor(clock.wall() / 1000);
  const input: TokenInput = {
    issuer: claims.iss,
    audience: claims.aud,
    subject: claims.sub,
    issuedAt,
    expiresAt: issuedAt + 600,
    kind: 'organization-key',
    keyId: claims.kid,
    ident: claims.email,
    uid: undefined,
    secretId: claims.sid,
    incarnation: claims.inc,
    revision: claims.rev,
    rights: { kind: 'organization', oid, rights: { permissions: claims.perms, flairs: claims.flairs } },
  };
  const minted = mintToken(input, signer);
  if (!minted.allowed) throw new Error(minted.code);
  return minted.value.jwt;
}
