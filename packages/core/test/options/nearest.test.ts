import { nearest } from '@flairgate/core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('nearest', () => {
  it.each([
    ['segement', 'segment'],
    ['loc', 'lock'],
    ['ROOT', 'root'],
    ['sercet', 'secret'],
    ['bluk', 'bulk'],
    ['secretss', 'secret'],
  ])('nearest finds what %s was meant to be', (misspelt, meant) => {
    expect(nearest(misspelt, ['bulk', 'lock', 'secret', 'segment', 'root'])).toBe(meant);
  });

  it('nearest counts a swap of neighbours as one edit', () => {
    expect(nearest('ba', ['xx', 'ab'])).toBe('ab');
    expect(nearest('abdc', ['abxy', 'abcd'])).toBe('abcd');
  });

  it('nearest finds an equal candidate', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 });
    fc.assert(fc.property(names, (candidates) => candidates.every((name) => nearest(name, candidates) === name)));
  });

  it('nearest gives nothing only without candidates', () => {
    expect(nearest('root', [])).toBeUndefined();
    expect(nearest('', ['root'])).toBe('root');
  });

  it('nearest compares only the start of very long names, where every character would take hours', () => {
    expect(nearest('a'.repeat(1_000_000), ['b'.repeat(1_000_000)])).toBe('b'.repeat(1_000_000));
  });
});
