import { createCatalogue, defaultCatalogue } from '@flairgate/core';
import { grantKind, parseGrants, toDotted, validateGrants } from '@flairgate/core/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('grantKind', () => {
  it.each(['dr.list', 'insight.evt.get.simple', 'org.set_quota', 'a.b', 'a1.2'])(
    'grantKind recognizes %s as a permission',
    (text) => {
      expect(grantKind(text)).toBe('permission');
    },
  );

  it('grantKind recognizes the longest permission, four parts of 64 characters', () => {
    const part = 'x'.repeat(64);
    expect(grantKind([part, part, part, part].join('.'))).toBe('permission');
    expect(grantKind([part, part, part, `${part}x`].join('.'))).toBe(undefined);
  });

  it.each(['dr.*', 'dr.list.*', 'a.b.c.*'])('grantKind recognizes %s as a family', (text) => {
    expect(grantKind(text)).toBe('family');
  });

  it.each([
    '',
    '*',
    'dr',
    'dr.',
    '.list',
    'dr..list',
    'Dr.list',
    'a.b.c.d.e',
    'a.b.c.d.*',
    'dr.*.list',
    '*.list',
    'dr.li*',
    'dr.list\n',
    'dr-x.list',
    'd\u0440.list',
  ])('grantKind knows %j as neither', (text) => {
    expect(grantKind(text)).toBeUndefined();
  });

  it('grantKind agrees with the grammar as regular expressions on any text', () => {
    const part = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'z', '0', '9', '_'), maxLength: 3 }),
      fc.constantFrom('*', '`', '{', '/', ':', 'A', '\u00e9', 'x'.repeat(64), 'x'.repeat(65)),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const text = parts.join('.');
        const isPermission = /^[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){1,3}$/.test(text);
        const isFamily = /^[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){0,2}\.\*$/.test(text);
        expect([isPermission && 'permission', isFamily && 'family']).toContain(grantKind(text) ?? false);
        expect(grantKind(text) === undefined).toBe(!isPermission && !isFamily);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('toDotted', () => {
  it.each([
    ['invoice:list', 'invoice.list'],
    ['insight:evt.get:simple', 'insight.evt.get.simple'],
    ['dr:*', 'dr.*'],
    ['dr.list', 'dr.list'],
    ['DR:LIST', 'DR:LIST'],
    ['dr:', 'dr:'],
    [':', ':'],
  ])('toDotted makes of %j the text %j', (text, dotted) => {
    expect(toDotted(text)).toBe(dotted);
  });
});

describe('parseGrants', () => {
  it('parseGrants keeps the order and collapses duplicates', () => {
    expect(parseGrants(['dr.list', 'output.*', 'dr.list'], defaultCatalogue)).toEqual({
      allowed: true,
      value: ['dr.list', 'output.*'],
    });
  });

  it('parseGrants accepts a family with one permission', () => {
    const small = createCatalogue([{ name: 'out.list', description: 'list', privileged: false }]);
    expect(parseGrants(['out.*'], small)).toEqual({ allowed: true, value: ['out.*'] });
  });

  it('parseGrants accepts an empty list', () => {
    expect(parseGrants([], defaultCatalogue)).toEqual({ allowed: true, value: [] });
  });

  it.each([
    ['*', /lone \*/],
    ['dr.lst', /nearest known one is dr\.list/],
    ['apikey.*', /privileged ones are granted by name/],
    ['nothing.*', /no permission is in nothing\.\*/],
    ['DR.LIST', /not a permission/],
  ])('parseGrants refuses %s', (grant, message) => {
    expect(parseGrants(['dr.list', grant], defaultCatalogue, 'perms')).toMatchObject({
      code: 'ERR_VALIDATION',
      members: { issues: [{ field: 'perms', message: expect.stringMatching(message) }] },
    });
  });

  it('parseGrants lists every issue, each with its place', () => {
    const issues = validateGrants(['*', 'dr.list', 'x'], defaultCatalogue);
    expect(issues.map(({ message }) => message.slice(0, 7))).toEqual(['grant 1', 'grant 3']);
  });

  it.each(['*', 'x', 'nothing.*', 'dr.lst'])(
    'an issue about the second grant %s says that it is the second',
    (grant) => {
      const [issue] = validateGrants(['dr.list', grant], defaultCatalogue);
      expect(issue?.message).toMatch(/^grant 2\b/);
    },
  );

  it('an issue about a grant is one of the field `permissions`, if no other is named', () => {
    expect(validateGrants(['x'], defaultCatalogue)).toMatchObject([{ field: 'permissions' }]);
    expect(parseGrants(['x'], defaultCatalogue)).toMatchObject({ members: { issues: [{ field: 'permissions' }] } });
  });

  it('parseGrants does not repeat a malformed text, which may be a pasted secret', () => {
    const pasted = 'fg_NotAPermission0123456789';
    expect(JSON.stringify(parseGrants([pasted], defaultCatalogue))).not.toContain(pasted);
  });
});
