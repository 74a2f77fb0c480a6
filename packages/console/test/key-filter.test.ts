import type { KeyEntry } from '@flairgate/client';
import { describe, expect, it } from 'vitest';
import { EVERY_KEY, filterKeys, type KeyFilter, liveSecrets, stateOf } from '../src/page/keys/key-filter.ts';

const NOW = 1_800_000_000;
const DAY = 86_400;

const key = (over: Partial<KeyEntry>): KeyEntry => ({
  name: 'key',
  priv: [],
  grants: [],
  by: 'ann',
  oid: 'o',
  flairs: [],
  created: NOW - 100 * DAY,
  expires: null,
  disabled: false,
  description: null,
  allowed_ip_range: '',
  last_used: null,
  secrets: [{ created: NOW - 100 * DAY, last_used: null, ends: null }],
  etag: 'v',
  ...over,
});

const secret = (ends: number | null) => ({ created: 0, last_used: null, ends });

const keys = {
  a: key({ name: 'alpha[segment]', flairs: ['segment'], last_used: NOW - DAY, created: NOW - 3 }),
  b: key({ name: 'beta', description: 'for the Vendor', last_used: NOW - 40 * DAY, created: NOW - 2 }),
  c: key({ name: 'gamma', disabled: true, by: 'bob', created: NOW - 1 }),
  d: key({ name: 'delta', expires: NOW + 5 * DAY, last_used: NOW - 100 * DAY, created: NOW }),
  e: key({ name: 'epsilon', expires: NOW - 1, created: NOW - 4 }),
};

const found = (filter: Partial<KeyFilter>) =>
  filterKeys(keys, { ...EVERY_KEY, ...filter }, NOW)
    .map(([keyHash]) => keyHash)
    .join('');

describe('the list of keys', () => {
  it('the list of keys is searched in names, descriptions, creators and ids, in any letter case', () => {
    expect(found({})).toBe('dcbae');
    expect(found({ text: 'ALPHA' })).toBe('a');
    expect(found({ text: 'vendor' })).toBe('b');
    expect(found({ text: 'bob' })).toBe('c');
    expect(found({ text: 'nothing' })).toBe('');
  });

  it('the list of keys is filtered by state, flair, use and expiry, together', () => {
    expect([found({ state: 'disabled' }), found({ state: 'expired' }), found({ state: 'active' })]).toEqual([
      'c',
      'e',
      'dba',
    ]);
    expect([found({ flair: 'segment' }), found({ flair: 'none' })]).toEqual(['a', 'dcbe']);
    expect([found({ unused: '30' }), found({ unused: '90' }), found({ unused: 'never' })]).toEqual([
      'dcbe',
      'dce',
      'ce',
    ]);
    expect([found({ expires: '7' }), found({ expires: '7', state: 'disabled' })]).toEqual(['d', '']);
  });

  it('the list of keys is ordered by age, name, last use and expiry', () => {
    expect([found({ sort: 'newest' }), found({ sort: 'name' }), found({ sort: 'used' })]).toEqual([
      'dcbae',
      'abdec',
      'abdec',
    ]);
    expect(found({ sort: 'expires' }).slice(0, 2)).toBe('ed');
  });

  it('the state of a key in the list comes from the secrets that are still valid', () => {
    const state = (secrets: KeyEntry['secrets']) => stateOf(key({ secrets }), NOW);
    expect(state([secret(NOW - 1), secret(null)])).toBe('active');
    expect(state([secret(NOW + 60), secret(null)])).toBe('rotating');
    expect(state([secret(NOW - 60), secret(NOW + 60), secret(null)])).toBe('rotating');
    expect(liveSecrets([secret(NOW), secret(null)], NOW)).toHaveLength(1);
  });
});
