import { createResourceRules, DeniedError, OptionError } from '@flairgate/core';
import { describe, expect, it } from 'vitest';
import { party, principalOf, row } from './callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'] });

describe('createResourceRules', () => {
  it('names the nearest option of a misspelt one', () => {
    const misspelt = { type: 'rule', content: ['data'], contnet: [] };
    expect(() => createResourceRules(misspelt)).toThrow(
      new OptionError('resources: unknown option `contnet`; did you mean `content`?'),
    );
    const column = JSON.parse('{"type":"rule","content":[],"columns":{"createdby":"made_by"}}');
    expect(() => createResourceRules(column)).toThrow(/did you mean `createdBy`/);
  });

  it.each([
    '',
    'a b',
    'a;drop table rule',
    'a"b',
    'a.b',
    '1a',
    'ä',
    '__proto__',
    'constructor',
    'opaque',
    'x'.repeat(64),
  ])('refuses the name %j', (name) => {
    expect(() => createResourceRules({ type: 'rule', content: [name] })).toThrow(OptionError);
    expect(() => createResourceRules({ type: 'rule', content: [], columns: { lockedBy: name } })).toThrow(OptionError);
  });

  it('refuses a column or field that stands in two places', () => {
    expect(() =>
      createResourceRules({ type: 'rule', content: [], columns: { createdBy: 'by', lockedBy: 'by' } }),
    ).toThrow(OptionError);
    expect(() => createResourceRules({ type: 'rule', content: ['data', 'data'] })).toThrow(OptionError);
    expect(() => createResourceRules({ type: 'rule', content: ['secret_to'] })).toThrow(OptionError);
    expect(() => createResourceRules({ type: 'rule', content: ['data'], validators: ['data'] })).toThrow(OptionError);
  });

  it('refuses an organization column where there is said to be none', () => {
    const both = { type: 'rule', content: [], tenancy: 'single', columns: { organization: 'org' } } as const;
    expect(() => createResourceRules(both)).toThrow(OptionError);
  });

  it('keeps what it was told when the options change afterwards', () => {
    const content = ['data'];
    const made = createResourceRules({ type: 'rule', content });
    content.pop();
    expect(made.content).toEqual(['data']);
    expect(Object.isFrozen(made)).toBe(true);
  });
});

describe('where', () => {
  it('takes the organization of a principal that has one', () => {
    expect(rules.where(principalOf('org-a'), 'read').visibility).toEqual({
      kind: 'where',
      condition: [{ field: 'organization', value: 'org-a', orEmpty: false }],
    });
  });

  it('refuses to choose among several organizations', () => {
    const several = principalOf('org-a', 'org-b');
    for (const ask of [
      () => rules.where(several, 'read'),
      () => rules.view(several, [row()]),
      () => rules.stamp(several, 'create'),
    ]) {
      expect(ask).toThrow(DeniedError);
      expect(ask).toThrow(
        expect.objectContaining({ denial: expect.objectContaining({ code: 'ERR_ORGANIZATION_REQUIRED' }) }),
      );
    }
    const named = rules.where(several, 'update', { organization: 'org-b' }).visibility;
    expect(named.kind === 'where' && named.condition[0]?.value).toBe('org-b');
  });

  it('is no row in an organization the caller has nothing to do with', () => {
    expect(rules.where(principalOf('org-a'), 'read', { organization: 'org-x' }).visibility).toEqual({ kind: 'none' });
    expect(rules.where(party('a'), 'read', { organization: 'org-x' }).visibility).toEqual({ kind: 'none' });
    expect(rules.where(principalOf(), 'read').visibility).toEqual({ kind: 'none' });
  });
});

describe('stamp', () => {
  it.each([
    [party('a'), { oid: 'org-a', created_by: 'a', locked_by: null, secret_to: null }],
    [party('a', 'lock'), { oid: 'org-a', created_by: 'a', locked_by: 'a', secret_to: null }],
    [party('a', 'secret'), { oid: 'org-a', created_by: 'a', locked_by: null, secret_to: 'sid-of-a' }],
    [party('a', 'lock', 'secret', 'root'), { oid: 'org-a', created_by: 'a', locked_by: 'a', secret_to: 'sid-of-a' }],
  ])('writes the ownership of a new resource (%#)', (caller, expected) => {
    expect(rules.stamp(caller, 'create')).toEqual(expected);
  });

  it('uses the names of the host, and no organization where the table has none', () => {
    const own = createResourceRules({
      type: 'rule',
      content: [],
      tenancy: 'single',
      columns: { createdBy: 'author', lockedBy: 'held' },
    });
    const stamp = own.stamp(party('a', 'lock'), 'create');
    expect(stamp).toEqual({ author: 'a', held: 'a', secret_to: null });
    // The names are in the type as well.
    expect([stamp.author, stamp.held]).toEqual(['a', 'a']);
  });

  it('takes a lock on update only for a key that locks', () => {
    expect(rules.stamp(party('a', 'root', 'secret'), 'update')).toEqual({ kind: 'none' });
    expect(rules.stamp(party('a', 'lock'), 'update')).toEqual({
      kind: 'take-lock',
      column: 'locked_by',
      identity: 'a',
      passes: false,
    });
    expect(rules.stamp(party('a', 'lock', 'root'), 'update')).toMatchObject({ passes: true });
  });

  it('refuses to stamp where the caller has nothing to do', () => {
    expect(() => rules.stamp(principalOf('org-a'), 'create', { organization: 'org-x' })).toThrow(DeniedError);
  });
});

describe('input', () => {
  it('drops whatever would set ownership, in any letter case', () => {
    const stamped = createResourceRules({ type: 'rule', content: ['data'], validators: ['etag'] });
    const sent = JSON.parse(
      '{"id":"r2","oid":"x","Created_By":"x","LOCKED_BY":null,"secret_to":null,"opaque":true,"etag":"e","__proto__":{"root":true},"name":"n","data":{}}',
    );
    expect(stamped.input(sent)).toEqual({ name: 'n', data: {} });
    expect(sent.oid).toBe('x');
  });
});

describe('check', () => {
  it('hides what is missing and what is of another organization', () => {
    const hidden = { allowed: false, rule: 'hidden' };
    expect(rules.check(party('a', 'root'), undefined, 'know')).toEqual(hidden);
    expect(rules.check(party('a', 'root'), null, 'know')).toEqual(hidden);
    expect(rules.check(party('a', 'root'), row({ oid: 'org-b' }), 'know')).toEqual(hidden);
    expect(rules.check(party('a', 'root'), row({ oid: null }), 'know')).toEqual(hidden);
    expect(rules.check(party('a'), row(), 'know')).toEqual({ allowed: true, rule: 'open' });
  });

  it('does not decide about a row whose ownership was not selected', () => {
    const { secret_to: _, ...partial } = row();
    expect(() => rules.check(party('a'), partial, 'know')).toThrow(/`secret_to`/);
    expect(() => rules.check(party('a'), row({ locked_by: 7 }), 'know')).toThrow(TypeError);
  });
});
