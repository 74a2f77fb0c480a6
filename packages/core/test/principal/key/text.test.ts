import { randomBytes } from 'node:crypto';
import { KEY_PATTERN, parseKeyText, scrubKeys } from '@flairgate/core';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const mint = (): string => mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
const bytesFrom = (values: readonly number[]) => (count: number) =>
  Uint8Array.from({ length: count }, (_, at) => values[at % values.length] ?? 0);

describe('mintKeyText', () => {
  it('mintKeyText makes fg_, the key id, 27 characters of secret and 6 of checksum', () => {
    const keyId = mintKeyId(randomBytes);
    const text = mintKeyText('fg', keyId, randomBytes);
    expect(text).toMatch(/^fg_[0-9A-Za-z]{43}$/);
    expect(text.slice(3, 13)).toBe(keyId);
    expect(27 * Math.log2(62)).toBeGreaterThan(160);
  });

  it('mintKeyText makes a random UUID in lower case, without the key id', () => {
    const text = mintKeyText('uuid', 'AAAAAAAAAA', bytesFrom([0xff]));
    expect(text).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
    expect(mintKeyText('uuid', 'AAAAAAAAAA', bytesFrom([0]))).toBe('00000000-0000-4000-8000-000000000000');
  });

  it.each([
    [0, 'fg_000000000000000000000000000000000000010UBjQ'],
    [61, 'fg_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz0WegjA'],
  ])('mintKeyText of bytes of %i has the checksum that another program gives', (byte, text) => {
    expect(mintKeyText('fg', mintKeyId(bytesFrom([byte])), bytesFrom([byte]))).toBe(text);
    expect(parseKeyText(text)).toEqual({ format: 'fg', keyId: text.slice(3, 13) });
  });

  it('mintKeyText sets the version and the variant of a UUID and keeps its other bits', () => {
    const bytes = Array.from({ length: 16 }, (_, at) => at + 1);
    expect(mintKeyText('uuid', 'AAAAAAAAAA', bytesFrom(bytes))).toBe('01020304-0506-4708-890a-0b0c0d0e0f10');
  });

  it('mintKeyText takes everything from the given randomness, and from nothing else', () => {
    const random = bytesFrom([7, 99, 180]);
    expect(mintKeyText('fg', mintKeyId(random), random)).toBe(mintKeyText('fg', mintKeyId(random), random));
  });

  it('mintKeyText makes a thousand different keys, each character of each place equally likely', () => {
    const texts = Array.from({ length: 1000 }, mint);
    expect(new Set(texts.map((text) => text.slice(13, 40))).size).toBe(1000);
    const counts = new Map<string, number>();
    for (const character of texts.flatMap((text) => [...text.slice(3, 40)])) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const expected = (1000 * 37) / 62;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(62);
    // 61 degrees of freedom: past 130 once in a million runs; modulo bias alone would give about 260.
    expect(chiSquare).toBeLessThan(130);
  });

  it('mintKeyText drops the bytes that would favour some characters', () => {
    expect(mintKeyId(bytesFrom([248, 255, 61]))).toBe('zzzzzzzzzz');
  });

  it('mintKeyText stops on a source that gives nothing usable', () => {
    expect(() => mintKeyId(bytesFrom([255]))).toThrow(/randomness/);
    expect(() => mintKeyId(() => new Uint8Array())).toThrow(/randomness/);
    expect(() => mintKeyText('uuid', 'x', () => new Uint8Array(3))).toThrow(/randomness/);
  });
});

describe('parseKeyText', () => {
  it('parseKeyText parses minted keys', () => {
    const keyId = mintKeyId(randomBytes);
    expect(parseKeyText(mintKeyText('fg', keyId, randomBytes))).toEqual({ format: 'fg', keyId });
    expect(parseKeyText(mintKeyText('uuid', keyId, randomBytes))).toEqual({ format: 'uuid' });
  });

  it('parseKeyText knows no key with one character changed, added or dropped', () => {
    const text = mint();
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      expect(parseKeyText(text.slice(0, at) + other + text.slice(at + 1)), `at ${at}`).toBeUndefined();
      expect(parseKeyText(text.slice(0, at) + text.slice(at + 1)), `without ${at}`).toBeUndefined();
    }
    expect(parseKeyText(`${text}A`)).toBeUndefined();
    expect(parseKeyText(`${text}\n`)).toBeUndefined();
    expect(parseKeyText(` ${text}`)).toBeUndefined();
    expect(parseKeyText(text.toLowerCase())).toBeUndefined();
  });

  it('parseKeyText knows a UUID exactly as minted, and no other spelling of it', () => {
    const text = 'abcdef01-2345-4789-abcd-ef0123456789';
    expect(parseKeyText(text)).toEqual({ format: 'uuid' });
    for (const other of [text.toUpperCase(), `{${text}}`, text.replaceAll('-', ''), `urn:uuid:${text}`, `${text} `]) {
      expect(parseKeyText(other)).toBeUndefined();
    }
  });

  it('parseKeyText never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseKeyText(text) === undefined));
  });
});

describe('scrubKeys', () => {
  it('scrubKeys leaves the key id and nothing else of a key, wherever it stands', () => {
    const text = mint();
    const keyId = text.slice(3, 13);
    const scrubbed = scrubKeys(`{"a":"${text}"} https://h/?k=${text}&x=1 x${text}${text.slice(0, 30)}`);
    expect(scrubbed.split(`fg_${keyId}[hidden]`)).toHaveLength(5);
    for (let at = 13; at + 12 <= text.length; at += 1) expect(scrubbed).not.toContain(text.slice(at, at + 12));
  });

  it('scrubKeys leaves other text unchanged', () => {
    const other = 'fg_short abcdef01-2345-4789-abcd-ef0123456789 x-api-key';
    expect(scrubKeys(other)).toBe(other);
  });
});

describe('KEY_PATTERN', () => {
  it('KEY_PATTERN finds a key in a line, and gives the same answer every time', () => {
    const line = `key = "${mint()}";`;
    expect(Array.from({ length: 3 }, () => KEY_PATTERN.test(line))).toEqual([true, true, true]);
    expect(KEY_PATTERN.test('fg_abc')).toBe(false);
    expect(KEY_PATTERN.test(`${mint()}A`)).toBe(false);
  });
});
