import { randomUUID } from 'node:crypto';
import { createCatalogue } from '@flairgate/core';
import { compactView, encodeCompact, mintToken, parseCompact } from '@flairgate/core/internal';
import type { MintOptions, Rights } from '@flairgate/core/tokens';
import { createTokenVerifier } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import {
  AUDIENCE,
  accepted,
  base64url,
  claims,
  craft,
  header,
  ISSUER,
  input,
  keys,
  mint,
  NOW,
  OID,
  OTHER_OID,
  payloadOf,
  reasonOf,
  signers,
  verifier,
} from '../token-fixture.js';

const names = Array.from({ length: 160 }, (_, index) => `area${index % 20}.action${index}`);
const catalogue = createCatalogue(names.map((name) => ({ name, description: '', privileged: false })));
const catalogues = { find: (digest: string) => (digest === catalogue.digest ? catalogue : undefined) };
const verify = verifier({ catalogues });

/** Rights of `count` organizations, of which `distinct` differ, 60 permissions each. */
function organizations(count: number, distinct: number): Map<string, Rights> {
  const sets = Array.from({ length: distinct }, (_, shift) => ({
    permissions: names.filter((_name, index) => (index * 7 + shift * 13) % names.length < 60).sort(),
    flairs: [],
  }));
  return new Map(Array.from({ length: count }, (_, index) => [randomUUID(), sets[index % distinct] as Rights]));
}

const user = (rights: ReadonlyMap<string, Rights>) =>
  input({ uid: randomUUID(), kind: 'user-key', ident: 'laptop@alice@example.com', rights: { kind: 'user', rights } });

const fits = (count: number, distinct: number, options: MintOptions): boolean =>
  mintToken(user(organizations(count, distinct)), signers.ES256, options).allowed;

const mostThatFit = (distinct: (count: number) => number, options: MintOptions): number => {
  let count = 1;
  // Bounded: without a size limit everything fits.
  while (count < 400 && fits(count + 1, Math.min(count + 1, distinct(count + 1)), options)) count += 1;
  return count;
};

describe('the compact form', () => {
  it('the compact form holds at least 250 organizations of 60 permissions in 8 KiB, with ES256 and 4 permission sets', () => {
    const compact = mostThatFit(() => 4, { catalogue });
    const plain = mostThatFit(() => 4, {});
    const allDiffer = mostThatFit((count) => count, { catalogue });
    process.stdout.write(
      `organizations with 60 permissions in 8192 bytes: plain ${plain}, compact with 4 sets ${compact}, compact with every set different ${allDiffer}\n`,
    );
    expect(compact).toBeGreaterThanOrEqual(250);
    expect(compact).toBeLessThan(300);
    expect(plain).toBeLessThan(10);
    expect(allDiffer).toBeGreaterThan(plain);
  }, 30_000);

  it('the compact form is taken past compactAboveBytes and says the same as the plain one', () => {
    const rights = organizations(5, 2);
    const plain = mint(user(rights), signers.ES256, { catalogue, compactAboveBytes: 8192 });
    const compact = mint(user(rights), signers.ES256, { catalogue, compactAboveBytes: 4096 });
    expect(plain.length).toBeGreaterThan(4096);
    expect(compact.length).toBeLessThan(1300);
    expect(payloadOf(compact)).toHaveProperty('cmp.cat', catalogue.digest);
    for (const name of ['oid', 'perms', 'flairs']) expect(payloadOf(compact)).not.toHaveProperty(name);
    const [said, same] = [accepted(verify(compact)).rights, accepted(verify(plain)).rights];
    expect(said.organizations).toEqual(same.organizations);
    for (const oid of rights.keys()) expect(said.in(oid)).toEqual(same.in(oid));
    for (const oid of [randomUUID(), OID, OID.toUpperCase(), '', '__proto__']) expect(said.in(oid)).toBeUndefined();
  });

  it('the compact form is not taken for one organization while that fits, so that its permissions can be read', () => {
    const large = { permissions: names.slice(0, 160), flairs: [] };
    const jwt = mint(input({ rights: { kind: 'organization', oid: OID, rights: large } }), signers.ES256, {
      catalogue,
      compactAboveBytes: 100,
    });
    expect(payloadOf(jwt).perms).toHaveLength(160);
  });

  it('the compact form refuses what fits in neither form, with size, limit and remedy', () => {
    const outcome = mintToken(user(organizations(400, 4)), signers.ES256, { catalogue });
    expect(outcome).toMatchObject({ allowed: false, code: 'ERR_TOKEN_TOO_LARGE', members: { limit: 8192 } });
    expect(outcome).toHaveProperty('detail', expect.stringContaining('add oid'));
    const without = mintToken(user(organizations(20, 4)), signers.ES256);
    expect(without).toMatchObject({ allowed: false, code: 'ERR_TOKEN_TOO_LARGE' });
  });

  it('a refused token reports its size', () => {
    const outcome = mintToken(user(organizations(20, 4)), signers.ES256, { maxTokenBytes: 8192 });
    const whole = mint(user(organizations(20, 4)), signers.ES256, { maxTokenBytes: 1_000_000 });
    expect(outcome).toHaveProperty('members.bytes', whole.length);
    for (const signer of Object.values(signers)) {
      const jwt = mint(input(), signer);
      const limit = { maxTokenBytes: jwt.length };
      expect(mintToken(input(), signer, limit).allowed).toBe(true);
      expect(mintToken(input(), signer, { maxTokenBytes: jwt.length - 1 }).allowed).toBe(false);
    }
  });

  it('the compact form is not possible with a permission the catalogue lacks', () => {
    expect(encodeCompact(new Map([[OID, { permissions: ['other.one'], flairs: [] }]]), catalogue)).toBeUndefined();
  });
});

describe('a compact claim that we would not have written is refused', () => {
  const encoded = (rights: Map<string, Rights>) => JSON.parse(JSON.stringify(encodeCompact(rights, catalogue)));
  const two = () =>
    encoded(
      new Map([
        [OID, { permissions: names.slice(0, 3), flairs: ['lock', 'root'] }],
        [OTHER_OID, { permissions: names.slice(0, 3), flairs: ['root', 'lock'] }],
      ]),
    );
  const idBytes = (...oids: string[]) => Buffer.concat(oids.map((oid) => Buffer.from(oid.replaceAll('-', ''), 'hex')));
  const ids = (...oids: string[]) => idBytes(...oids).toString('base64url');
  const withSet = (change: Record<string, unknown>) => {
    const cmp = two();
    return { ...cmp, sets: [{ ...cmp.sets[0], ...change }] };
  };
  const bits = (...bytes: number[]) => Buffer.from(bytes).toString('base64url');

  it('a claim with the right catalogue is accepted', () => {
    expect(two().sets).toEqual([{ bits: bits(7), flairs: ['lock', 'root'], oids: ids(OID, OTHER_OID) }]);
    expect(parseCompact(two())).toBeDefined();
    const { oid: _oid, perms: _perms, flairs: _flairs, ...rest } = claims();
    expect(reasonOf(verify(craft(header(), { ...rest, cmp: two() })))).toBe('accepted');
    for (const beside of [{ oid: [OID] }, { oid: {} }, { perms: [] }, { flairs: [] }]) {
      expect(reasonOf(verify(craft(header(), { ...rest, ...beside, cmp: two() })))).toBe('claim: cmp beside oid');
    }
  });

  const wrong: readonly [string, () => unknown][] = [
    ['no object', () => 'x'],
    ['null', () => null],
    ['no sets', () => ({ cat: catalogue.digest })],
    ['sets that are no list', () => ({ cat: catalogue.digest, sets: {} })],
    ['one member too many', () => ({ ...two(), more: 1 })],
    ['a catalogue that is no digest', () => ({ ...two(), cat: '../../etc' })],
    ['a set with one member too many', () => withSet({ perms: [] })],
    ['bits that are no text', () => withSet({ bits: 7 })],
    ['bits with a zero byte at the end', () => withSet({ bits: bits(7, 0) })],
    ['bits with set unused bits', () => withSet({ bits: 'Bx' })],
    ['ids out of order', () => withSet({ oids: ids(OTHER_OID, OID) })],
    ['an id twice', () => withSet({ oids: ids(OID, OID) })],
    ['half an id', () => withSet({ oids: idBytes(OID).subarray(0, 8).toString('base64url') })],
    ['no ids', () => withSet({ oids: '' })],
    ['padding', () => withSet({ oids: `${ids(OID)}==` })],
    ['no flairs as a list', () => withSet({ flairs: [] })],
    ['flairs out of order', () => withSet({ flairs: ['root', 'lock'] })],
    ['a flair twice', () => withSet({ flairs: ['root', 'root'] })],
    ['an unknown flair', () => withSet({ flairs: ['owner'] })],
    [
      'one set twice',
      () => ({
        ...two(),
        sets: [
          { bits: bits(7), oids: ids(OID) },
          { bits: bits(7), oids: ids(OTHER_OID) },
        ],
      }),
    ],
    [
      'an organization in two sets',
      () => ({
        ...two(),
        sets: [
          { bits: bits(7), oids: ids(OID) },
          { bits: bits(3), oids: ids(OID) },
        ],
      }),
    ],
  ];
  it.each(wrong)('a compact claim that we would not have written is refused: %s', (_, make) => {
    expect(parseCompact(make())).toBeUndefined();
    const { oid: _oid, perms: _perms, flairs: _flairs, ...rest } = claims();
    expect(reasonOf(verify(craft(header(), { ...rest, cmp: make() })))).toMatch(/^claim: (cmp|oid)$/);
  });

  it('a compact claim with a bit past the end of the catalogue is refused', () => {
    const parsed = parseCompact(withSet({ bits: base64url(Buffer.concat([Buffer.alloc(20), Buffer.from([1])])) }));
    expect(parsed).toBeDefined();
    if (parsed !== undefined) expect(compactView(parsed, catalogue)).toBeUndefined();
    const last = parseCompact(withSet({ bits: base64url(Buffer.concat([Buffer.alloc(19), Buffer.from([0x80])])) }));
    if (last !== undefined) expect(compactView(last, catalogue)?.in(OID)?.permissions).toEqual([names[159]]);
    expect(last).toBeDefined();
  });

  it('a token that ends while its catalogue is fetched is refused', async () => {
    let clock = NOW;
    let known = false;
    const refresh = async (): Promise<void> => {
      clock += 60_000;
      known = true;
    };
    const slow = createTokenVerifier({
      issuers: [
        {
          issuer: ISSUER,
          audience: AUDIENCE,
          keys: [keys.ES256],
          accepts: 'own',
          catalogues: { find: () => (known ? catalogue : undefined), refresh },
        },
      ],
      clock: () => clock,
    });
    const said = { ...user(organizations(5, 2)), expiresAt: NOW / 1000 + 60 };
    const jwt = mint(said, signers.ES256, { catalogue, compactAboveBytes: 100 });
    expect(reasonOf(await slow(jwt, NOW))).toBe('token: expired');
    expect(reasonOf(await slow(jwt, NOW))).toBe('accepted');
  });

  it('an unknown catalogue is a fault if it can be fetched, and a refusal if not', async () => {
    const jwt = mint(user(organizations(5, 2)), signers.ES256, { catalogue, compactAboveBytes: 100 });
    expect(reasonOf(verifier()(jwt))).toBe('token: cmp against its catalogue');
    expect(() => verifier({ catalogues: { find: () => undefined } })(jwt)).toThrow(/unavailable/);
    let known = false;
    const refresh = async (): Promise<void> => {
      known = true;
    };
    const fetching = createTokenVerifier({
      issuers: [
        {
          issuer: ISSUER,
          audience: AUDIENCE,
          keys: [keys.ES256],
          accepts: 'own',
          catalogues: { find: () => (known ? catalogue : undefined), refresh },
        },
      ],
    });
    expect(reasonOf(await fetching(jwt, NOW))).toBe('accepted');
    known = false;
    expect(reasonOf(await fetching(jwt.replace(/\.[^.]*$/, `.${'A'.repeat(86)}`), NOW))).toBe('token: signature');
    expect(known).toBe(false);
  });
});
