import { createHmac, randomBytes } from 'node:crypto';
import { OptionError, parseMasterKey } from '@flairgate/core';
import { initialize, memoryRowStore, openMaterial } from '@flairgate/core/internal';
import { finishRewrap, type RowStore, rewrapMaterial } from '@flairgate/core/store';
import { describe, expect, it } from 'vitest';

const first = randomBytes(32);
const second = randomBytes(32);

async function newStore(): Promise<RowStore> {
  const store = memoryRowStore();
  await initialize(store, () => 'incarnation');
  return store;
}

const rowsOf = (store: RowStore) => store.read((tx) => tx.find('material', {}));

describe('parseMasterKey', () => {
  it('parseMasterKey reads hexadecimal in either case, and base64url', () => {
    expect(Buffer.from(parseMasterKey(first.toString('hex')))).toEqual(first);
    expect(Buffer.from(parseMasterKey(first.toString('hex').toUpperCase()))).toEqual(first);
    expect(Buffer.from(parseMasterKey(first.toString('base64url')))).toEqual(first);
  });

  it.each([
    ['nothing', ''],
    ['31 bytes', randomBytes(31).toString('hex')],
    ['33 bytes', randomBytes(33).toString('base64url')],
    ['other characters', `${'z'.repeat(63)}!`],
    ['unused bits that are set', `${'A'.repeat(42)}B`],
    ['a line feed', `${first.toString('hex')}\n`],
    ['words', 'correct horse battery staple'],
  ])('parseMasterKey refuses %s, names the option and says no word of it', (_, text) => {
    const parse = () => parseMasterKey(text);
    expect(parse).toThrow(OptionError);
    expect(parse).toThrow(/^masterKey: must be 32 random bytes as 64 hexadecimal or 43 base64url characters$/);
  });
});

describe('openMaterial', () => {
  it('openMaterial makes the material once; later starts find the same', async () => {
    const store = await newStore();
    const made = await openMaterial(store, first);
    const found = await openMaterial(store, first);
    expect(found.tag('a')).toBe(made.tag('a'));
    expect(found.open(made.seal('text', 'c'), 'c').toString()).toBe('text');
    expect(await rowsOf(store)).toHaveLength(2);
  });

  it('openMaterial lets one of twenty that start at once make it', async () => {
    const store = await newStore();
    const all = await Promise.all(Array.from({ length: 20 }, () => openMaterial(store, first)));
    expect(new Set(all.map((material) => material.tag('a'))).size).toBe(1);
    expect(await rowsOf(store)).toHaveLength(2);
  });

  it('openMaterial lets only one of two master keys have a new database', async () => {
    const store = await newStore();
    const results = await Promise.allSettled([openMaterial(store, first), openMaterial(store, second)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await rowsOf(store)).toHaveLength(2);
  });

  it('openMaterial stops on another master key in one clear line without either key', async () => {
    const store = await newStore();
    await openMaterial(store, first);
    const error: unknown = await openMaterial(store, second).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OptionError);
    expect(String(error)).toContain('must be the one that this database was created with');
    for (const key of [first, second]) {
      for (const form of ['hex', 'base64', 'base64url'] as const)
        expect(String(error)).not.toContain(key.toString(form));
    }
    expect(await rowsOf(store)).toHaveLength(2);
  });

  it.each([0, 16, 31, 33])('openMaterial refuses a master key of %i bytes', async (length) => {
    await expect(openMaterial(await newStore(), new Uint8Array(length))).rejects.toThrow(OptionError);
  });

  it('openMaterial stores neither the master key nor anything that opens without it', async () => {
    const store = await newStore();
    const bytes: Buffer[] = [];
    const random = (count: number) => {
      const drawn = randomBytes(count);
      bytes.push(drawn);
      return drawn;
    };
    await openMaterial(store, first, random);
    const dump = JSON.stringify(await rowsOf(store));
    const keys = bytes.filter((drawn) => drawn.length === 32);
    expect(keys).toHaveLength(2);
    for (const secret of [first, ...keys]) {
      for (const form of ['hex', 'base64', 'base64url'] as const) {
        expect(dump).not.toContain(secret.toString(form).slice(0, 12));
      }
    }
  });

  it('openMaterial stops when a stored wrapping was changed or the two were swapped', async () => {
    const store = await newStore();
    await openMaterial(store, first);
    const [lookup, rest] = await rowsOf(store);
    if (lookup === undefined || rest === undefined) throw new Error('two rows are expected');
    await store.write(async (tx) => {
      await tx.update('material', { name: 'lookup', wrapping: lookup.wrapping }, { sealed: rest.sealed });
      await tx.update('material', { name: 'rest', wrapping: rest.wrapping }, { sealed: lookup.sealed });
    });
    await expect(openMaterial(store, first)).rejects.toThrow(/cannot be opened/);
  });
});

describe('tag', () => {
  it('tag is 128 bits of HMAC-SHA-256 over the whole text, base64url', async () => {
    const lookup = Buffer.alloc(32, 9);
    const draws = [lookup, Buffer.alloc(32, 8)];
    const random = (count: number) => (count === 32 ? (draws.shift() ?? randomBytes(32)) : randomBytes(count));
    const material = await openMaterial(await newStore(), first, random);
    const mac = createHmac('sha256', lookup).update('a key').digest();
    expect(material.tag('a key')).toBe(mac.subarray(0, 16).toString('base64url'));
  });

  it('key material differs between databases', async () => {
    const one = await openMaterial(await newStore(), first);
    const other = await openMaterial(await newStore(), first);
    expect(one.tag('a key')).not.toBe(other.tag('a key'));
  });
});

describe('seal and open', () => {
  it('seal and open give back text and bytes, empty ones too, and never the same twice', async () => {
    const { seal, open } = await openMaterial(await newStore(), first);
    const bytes = randomBytes(1000);
    expect(open(seal(bytes, 'a'), 'a')).toEqual(bytes);
    expect(open(seal('', 'a'), 'a')).toHaveLength(0);
    expect(open(seal('t\u00e9xt', 'a'), 'a').toString()).toBe('t\u00e9xt');
    expect(seal('text', 'a')).not.toBe(seal('text', 'a'));
  });

  it('open gives nothing under another context, or with any bit changed, and says nothing of it', async () => {
    const { seal, open } = await openMaterial(await newStore(), first);
    const sealed = seal('plain text', 'signing-key:1');
    expect(() => open(sealed, 'signing-key:2')).toThrow(/cannot be opened/);
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => open(`v1.${changed.toString('base64url')}`, 'signing-key:1')).toThrow(/cannot be opened/);
    }
    for (const text of ['', 'v1.', 'v2.aaaa', sealed.slice(3), sealed.slice(0, -4)]) {
      expect(() => open(text, 'signing-key:1')).toThrow(/cannot be opened/);
    }
  });
});

describe('a change of the master key', () => {
  it('a change of the master key keeps tags and sealed values; both keys open until it is finished, then the new one only', async () => {
    const store = await newStore();
    const before = await openMaterial(store, first);
    const sealed = before.seal('text', 'c');
    await rewrapMaterial(store, first, second);
    for (const key of [first, second]) {
      const material = await openMaterial(store, key);
      expect(material.tag('a')).toBe(before.tag('a'));
      expect(material.open(sealed, 'c').toString()).toBe('text');
    }
    await finishRewrap(store, second);
    expect((await openMaterial(store, second)).tag('a')).toBe(before.tag('a'));
    await expect(openMaterial(store, first)).rejects.toThrow(OptionError);
    expect(await rowsOf(store)).toHaveLength(2);
  });

  it('a rotation of the master key can be repeated at every step', async () => {
    const store = await newStore();
    const before = await openMaterial(store, first);
    await rewrapMaterial(store, first, second);
    await rewrapMaterial(store, first, second);
    await finishRewrap(store, second);
    await finishRewrap(store, second);
    expect((await openMaterial(store, second)).tag('a')).toBe(before.tag('a'));
  });

  it('a change of the master key drops nothing for a key that opens nothing', async () => {
    const store = await newStore();
    await openMaterial(store, first);
    await expect(finishRewrap(store, second)).rejects.toThrow(OptionError);
    await expect(rewrapMaterial(store, second, randomBytes(32))).rejects.toThrow(OptionError);
    await expect(rewrapMaterial(store, first, first)).rejects.toThrow(OptionError);
    expect(await rowsOf(store)).toHaveLength(2);
    await openMaterial(store, first);
  });
});
