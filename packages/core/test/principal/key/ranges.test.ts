import { createRangeCheck, parseRanges, rangesWithin } from '@flairgate/core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const v4 = fc.ipV4();
const v6 = fc.ipV6();
const range4 = fc.tuple(v4, fc.integer({ min: 0, max: 32 })).map(([address, prefix]) => `${address}/${prefix}`);
const range6 = fc.tuple(v6, fc.integer({ min: 0, max: 128 })).map(([address, prefix]) => `${address}/${prefix}`);
const ranges = fc.array(fc.oneof(range4, range6), { minLength: 1, maxLength: 4 });

describe('parseRanges', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    ['203.0.113.7/24', '203.0.113.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['2001:DB8:0:0:0:0:0:1/32', '2001:db8::/32'],
    ['::/0', '::/0'],
    ['::1', '::1/128'],
    ['::ffff:203.0.113.7', '203.0.113.7/32'],
    ['::ffff:203.0.113.7/120', '203.0.113.0/24'],
    ['64:ff9b::203.0.113.7', '64:ff9b::cb00:7107/128'],
    ['::203.0.113.7', '::cb00:7107/128'],
    ['::ffff:0:203.0.113.7', '::ffff:0:cb00:7107/128'],
    ['::FFFF:203.0.113.7/96', '0.0.0.0/0'],
    ['::ffff:203.0.113.7/95', '::fffe:0:0/95'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3/128'],
  ])('parseRanges reads %s as %s', (text, printed) => {
    expect(parseRanges([text])).toEqual({ allowed: true, value: [printed] });
  });

  it.each([
    '',
    ' ',
    '/',
    '/24',
    '203.0.113.7/',
    '203.0.113.7/33',
    '203.0.113.7/-1',
    '203.0.113.7/+8',
    '203.0.113.7/08',
    '203.0.113.7/8.0',
    '203.0.113.7/24/24',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.07',
    '0x7f.1',
    '2001:db8::/129',
    '2001:db8:::/32',
    'fe80::1%eth0',
    '*',
    'any',
    '203.0.113.7,203.0.113.8',
    ' 203.0.113.7',
    '203.0.113.7\n',
    '203.0.113.7/ 8',
    '203.0.113.0/255.255.255.0',
  ])('parseRanges refuses %j', (text) => {
    expect(parseRanges(['203.0.113.7', text], 'allowed_ip_range')).toMatchObject({
      code: 'ERR_VALIDATION',
      members: { issues: [{ field: 'allowed_ip_range', message: expect.stringMatching(/^range 2 must /) }] },
    });
  });

  it('parseRanges gives each range once, and takes 64 of them', () => {
    expect(parseRanges(['203.0.113.7/24', '203.0.113.0/24'])).toMatchObject({ value: ['203.0.113.0/24'] });
    expect(parseRanges(new Array<string>(64).fill('::1')).allowed).toBe(true);
    expect(parseRanges(new Array<string>(65).fill('::1'), 'allowed_ip_range')).toMatchObject({
      code: 'ERR_VALIDATION',
      members: { issues: [{ field: 'allowed_ip_range', message: 'must have at most 64 ranges' }] },
    });
  });

  it('parseRanges reads what it printed as the same', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const parsed = parseRanges(list);
        expect(parsed.allowed && parseRanges(parsed.value)).toEqual(parsed);
      }),
    );
  });
});

describe('createRangeCheck', () => {
  it('createRangeCheck lets every address in without ranges, an unknown one too', () => {
    const check = createRangeCheck([]);
    expect([check('203.0.113.7'), check(undefined)]).toEqual([true, true]);
  });

  it.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['203.0.113.0/24', '::ffff:cb00:7109', true],
    ['203.0.113.0/24', '::ffff:203.0.112.9', false],
    ['203.0.113.0/24', '::203.0.113.9', false],
    ['203.0.113.0/24', '0:0:0:0:0:FFFF:203.0.113.9', true],
    ['203.0.113.0/24', '::ffff:203.0.113.9%eth0', true],
    ['203.0.113.0/24', '::ffff:0:203.0.113.9', false],
    ['203.0.113.0/24', '64:ff9b::203.0.113.9', false],
    ['::/0', '::ffff:203.0.113.9', false],
    ['::ffff:0:0/95', '203.0.113.9', false],
    ['203.0.113.7/32', '203.0.113.7', true],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.7', false],
    ['2001:db8::/32', '2001:DB8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::ffff:203.0.113.0/120', '203.0.113.7', true],
  ])('the range check of %s for %s gives %s', (range, address, held) => {
    expect(createRangeCheck([range])(address)).toBe(held);
  });

  it.each([undefined, '', 'unknown', '203.0.113.7:80', '[::1]', '203.0.113', '%', '1.2.3.4%x'])(
    'createRangeCheck refuses the address %j',
    (address) => {
      expect(createRangeCheck(['0.0.0.0/0', '::/0'])(address)).toBe(false);
    },
  );

  it('createRangeCheck holds nothing, and not everything, when no stored range can be read', () => {
    expect(createRangeCheck(['damaged'])('203.0.113.7')).toBe(false);
  });

  it('createRangeCheck agrees with the range of one address being within the ranges', () => {
    fc.assert(
      fc.property(ranges, fc.oneof(v4, v6), (list, address) => {
        expect(createRangeCheck(list)(address)).toBe(rangesWithin([address], list));
      }),
      { numRuns: 500 },
    );
  });

  it('createRangeCheck holds the first and the last address of its range', () => {
    fc.assert(fc.property(v4, (address) => createRangeCheck([`${address}/20`])(address)));
    fc.assert(fc.property(v6, (address) => createRangeCheck([`${address}/57`])(address)));
  });
});

describe('rangesWithin', () => {
  it.each([
    [[], [], true],
    [['203.0.113.7'], [], true],
    [[], ['203.0.113.0/24'], false],
    [[], ['0.0.0.0/0'], false],
    [[], ['0.0.0.0/0', '::/0'], true],
    [['203.0.113.7'], ['203.0.113.0/24'], true],
    [['203.0.113.0/24'], ['203.0.113.0/24'], true],
    [['203.0.113.0/23'], ['203.0.113.0/24'], false],
    [['203.0.113.0/24', '10.0.0.0/8'], ['203.0.113.0/24'], false],
    [['203.0.113.0/24'], ['203.0.113.0/25', '203.0.113.128/25'], true],
    [['203.0.113.0/24'], ['203.0.113.0/25', '203.0.113.129/32'], false],
    [['::ffff:203.0.113.7'], ['203.0.113.0/24'], true],
    [['2001:db8::/33'], ['2001:db8::/32'], true],
    [['2001:db8::/32'], ['0.0.0.0/0'], false],
    [['10.1.0.0/16'], ['10.0.0.0/8', '10.2.0.0/16'], true],
  ])('rangesWithin of %j in %j gives %s', (inner, outer, within) => {
    expect(rangesWithin(inner, outer)).toBe(within);
  });

  it('rangesWithin lets no inner range through that cannot be read', () => {
    expect(rangesWithin(['damaged'], ['203.0.113.0/24'])).toBe(false);
    expect(rangesWithin(['203.0.113.7'], ['damaged'])).toBe(false);
  });

  it('rangesWithin says so only if every address of the inner ranges passes the outer check', () => {
    fc.assert(
      fc.property(ranges, ranges, fc.oneof(v4, v6), (inner, outer, address) => {
        if (rangesWithin(inner, outer) && createRangeCheck(inner)(address)) {
          expect(createRangeCheck(outer)(address)).toBe(true);
        }
        expect(rangesWithin(inner, [...outer, ...inner])).toBe(true);
      }),
    );
  });
});
