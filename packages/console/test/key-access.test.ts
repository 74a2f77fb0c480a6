import { describe, expect, it } from 'vitest';
import { accessOf } from '../src/page/keys/access-of.ts';
import { KEPT_EXPIRY, PROPOSED_EXPIRY, secondsOfExpiry } from '../src/page/keys/expiry.ts';

const NOW = 1_800_000_000;

const sentences = (permissions: readonly string[], over: Partial<Parameters<typeof accessOf>[0]> = {}) =>
  accessOf({ permissions, flairs: [], ranges: [], privileged: new Set(), ...over }).join(' ');

describe('the sentence of a key', () => {
  it.each([
    [[], 'It can say who it is, and nothing else.'],
    [['dr.list'], 'It can read dr, and change nothing.'],
    [['dr.set'], 'It can change dr, and read nothing.'],
    [['dr.list', 'dr.set'], 'It can read and change dr.'],
    [['dr.list', 'dr.set', 'output.list'], 'It can read dr and output, and change dr.'],
    [['secret.get'], 'It can read secrets.'],
  ])('the sentence of a key with %j says what it reads and changes', (permissions, sentence) => {
    expect(sentences(permissions)).toContain(sentence);
  });

  it('the sentence of a key names five areas, and counts the others', () => {
    const areas = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((area) => `${area}.list`);
    expect(sentences(areas)).toContain('It can read a, b, c, d, e and 2 other areas, and change nothing.');
    expect(sentences(areas.slice(0, 6))).toContain('It can read a, b, c, d, e and f,');
  });

  it('the sentence of a key says its flairs, its privileged permissions and its addresses', () => {
    const said = sentences(['apikey.ctrl'], {
      flairs: ['segment', 'lock'],
      ranges: ['192.0.2.0/24', '2001:db8::/32'],
      privileged: new Set(['apikey.ctrl']),
    });
    expect(said).toContain('It holds privileged permissions: apikey.ctrl.');
    expect(said).toContain('It sees only what it created. What it creates or updates, only it may change.');
    expect(said).toContain('It can be used only from 192.0.2.0/24, 2001:db8::/32.');
    expect(said).not.toContain('whoever created it');
  });
});

it('the expiry of a key is kept, never, at the end of a day or some days from now', () => {
  expect(secondsOfExpiry(KEPT_EXPIRY, NOW)).toBeUndefined();
  expect(secondsOfExpiry(PROPOSED_EXPIRY, NOW)).toBe(NOW + 90 * 86_400);
  expect(secondsOfExpiry({ choice: 'never', day: '' }, NOW)).toBeNull();
  expect(secondsOfExpiry({ choice: 'day', day: '' }, NOW)).toBeUndefined();
  const end = new Date((secondsOfExpiry({ choice: 'day', day: '2027-03-04' }, NOW) ?? 0) * 1000);
  expect([end.getFullYear(), end.getMonth(), end.getDate(), end.getHours(), end.getMinutes()]).toEqual([
    2027, 2, 4, 23, 59,
  ]);
});
