import { DeniedError, OptionError } from '@flairgate/core';
import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, principalOf, row } from './callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'] });

describe('createResourceRules', () => {
  it('createResourceRules names the nearest option of a misspelt one', () => {
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
  ])('createResourceRules refuses the name %j', (name) => {
    expect(() => createResourceRules({ type: 'rule', content: [name] })).toThrow(OptionError);
    expect(() => createResourceRules({ type: 'rule', content: [], columns: { lockedBy: name } })).toThrow(OptionError);
  });

  it('createResourceRules refuses a column or field that stands in two places', () => {
    expect(() =>
      createResourceRules({ type: 'rule', content: [], columns: { createdBy: 'by', lockedBy: 'by' } }),
    ).toThrow(OptionError);
    expect(() => createResourceRules({ type: 'rule', content: ['data', 'data'] })).toThrow(OptionError);
    expect(() => createResourceRules({ type: 'rule', content: ['secret_to'] })).toThrow(OptionError);
    expect(() => createResourceRules({ type: 'rule', content: ['data'], validators: ['data'] })).toThrow(OptionError);
  });

  it('createResourceRules refuses an organization column where there is said to be none', () => {
    const both = { type: 'rule', content: [], tenancy: 'single', columns: { organization: 'org' } } as const;
    expect(() => createResourceRules(both)).toThrow(OptionError);
  });

  it('createResourceRules keeps what it was told when the options change afterwards', () => {
    const content = ['data'];
    const made = createResourceRules({ type: 'rule', content });
    content.pop();
    expect(made.content).toEqual(['data']);
    expect(Object.isFrozen(made)).toBe(true);
  });
});

describe('where', () => {
  it('rules.where takes the organization of a principal that has one', () => {
    expect(rules.where(principalOf('org-a'), 'read').visibility).toEqual({
      kind: 'where',
      condition: [{ field: 'organization', value: 'org-a', orEmpty: false }],
    });
  });

  it('rules.where refuses to choose among several organizations', () => {
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

  it('rules.where selects no row in an organization the caller has nothing to do with', () => {
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
  ])('stamp writes the ownership of a new resource (%#)', (caller, expected) => {
    expect(rules.stamp(caller, 'create')).toEqual(expected);
  });

  it('stamp uses the names of the host, and no organization where the table has none', () => {
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

  it('stamp takes a lock on update only for a key that locks', () => {
    expect(rules.stamp(party('a', 'root', 'secret'), 'update')).toEqual({ kind: 'none' });
    expect(rules.stamp(party('a', 'lock'), 'update')).toEqual({
      kind: 'take-lock',
      column: 'locked_by',
      identity: 'a',
      passes: false,
    });
    expect(rules.stamp(party('a', 'lock', 'root'), 'update')).toMatchObject({ passes: true });
  });

  it('stamp refuses to stamp in an organization the caller has nothing to do with', () => {
    expect(() => rules.stamp(principalOf('org-a'), 'create', { organization: 'org-x' })).toThrow(DeniedError);
  });
});

describe('input', () => {
  const stamped = createResourceRules({ type: 'rule', content: ['data'], validators: ['etag'] });
  const refusal = (take: () => unknown) => {
    try {
      return take();
    } catch (error) {
      return error instanceof DeniedError ? error.denial.code : error;
    }
  };

  it('input copies the fields that may be set, and no other', () => {
    const sent = JSON.parse(
      '{"id":"r2","oid":"x","created_by":"x","locked_by":null,"secret_to":null,"opaque":true,"etag":"e","__proto__":{"root":true},"name":"n","data":{},"more":1}',
    );
    const taken = stamped.input(sent, ['name', 'data']);
    expect(taken).toEqual({ name: 'n', data: {} });
    // The names are in the type as well.
    expect([taken.name, taken.data]).toEqual(['n', {}]);
    expect(stamped.input({ data: 1 }, ['name'])).toEqual({});
    expect(sent.oid).toBe('x');
  });

  it('input drops ownership, the id and validators where no fields are named', () => {
    const sent = { id: 'r2', oid: 'x', created_by: 'x', secret_to: null, opaque: true, etag: 'e', name: 'n', data: {} };
    expect(stamped.input(sent)).toEqual({ name: 'n', data: {} });
  });

  it('input refuses a list of fields with a reserved one', () => {
    for (const name of ['oid', 'created_by', 'createdBy', 'ETag', 'opaque', 'rule.name', 'name ', '', '__proto__']) {
      expect(() => stamped.input({}, [name]), name).toThrow(OptionError);
    }
  });

  it('input refuses a body that is not an object', () => {
    for (const body of [null, 'text', 7, [], ['a']]) {
      expect(
        refusal(() => stamped.input(body as never, ['name'])),
        String(body),
      ).toBe('ERR_VALIDATION');
    }
  });

  const snake = {};
  const camel = { organization: 'organizationId', createdBy: 'createdBy', lockedBy: 'lockedBy', secretTo: 'secretTo' };

  it.each([
    ['Kysely', snake],
    ['Kysely with CamelCasePlugin', camel],
    ['Knex', snake],
    ['Drizzle', camel],
    ['Prisma', camel],
    ['MongoDB', camel],
    ['rows in memory', snake],
  ])('input and admit refuse every other spelling of a column or of content, for %s', (_layer, columns) => {
    const own = createResourceRules({ type: 'rule', content: ['ruleData'], validators: ['etag'], columns });
    const spelt = [...Object.values(own.columns), 'ruleData', 'etag', 'opaque'].flatMap(spellings);
    expect(spelt.length).toBeGreaterThan(100);
    for (const name of spelt) {
      const body = { name: 'n', [name]: 'x' };
      expect(
        refusal(() => own.input(body, ['name', 'ruleData'])),
        name,
      ).toBe('ERR_VALIDATION');
      expect(
        refusal(() => own.input(body)),
        name,
      ).toBe('ERR_VALIDATION');
      for (const kind of ['patch', 'replace'] as const) {
        const admitted = own.admit(party('a'), undefined, { kind, body });
        expect(!admitted.allowed && admitted.code, name).toBe('ERR_VALIDATION');
      }
    }
  });

  it.each([
    '$set',
    '$unset',
    'lockedBy.x',
    'tags[0]',
    'a b',
    'na-me',
    '',
    ' ',
    'n\u00e4me',
    '1st',
    'x'.repeat(64),
    'name\u0000',
  ])('input refuses the name %j, which is not plain', (name) => {
    expect(refusal(() => stamped.input({ [name]: 1 }, ['name']))).toBe('ERR_VALIDATION');
    expect(refusal(() => stamped.input({ [name]: 1 }))).toBe('ERR_VALIDATION');
  });

  it('createResourceRules lets no two options be one column', () => {
    for (const content of [['data', 'DATA'], ['createdBy'], ['o_id'], ['ID']]) {
      expect(() => createResourceRules({ type: 'rule', content }), String(content)).toThrow(OptionError);
    }
    expect(() => createResourceRules({ type: 'rule', content: ['data'], validators: ['Data'] })).toThrow(OptionError);
  });
});

/** Ways to write a name that some database, driver or query layer takes for it. */
function spellings(name: string): readonly string[] {
  const wide = [...name].map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)).join('');
  const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const written = [
    `${name} `,
    ` ${name}`,
    `${name}\t`,
    `${name}\n`,
    `${name}\u00a0`,
    `rule.${name}`,
    `${name}.x`,
    `${name}[x]`,
  ];
  const quoted = [`"${name}"`, `\`${name}\``, `[${name}]`, `${name} as x`, `${name}\u0000`, `$${name}`, wide];
  const cased = [name.toUpperCase(), name[0]?.toUpperCase() + name.slice(1), `_${name}`, `${name}_`, snake, camel];
  return [...written, ...quoted, ...cased].filter((each) => each !== name);
}

describe('check', () => {
  it('check hides what is missing and what is of another organization', () => {
    const hidden = { allowed: false, rule: 'hidden' };
    expect(rules.check(party('a', 'root'), undefined, 'know')).toEqual(hidden);
    expect(rules.check(party('a', 'root'), null, 'know')).toEqual(hidden);
    expect(rules.check(party('a', 'root'), row({ oid: 'org-b' }), 'know')).toEqual(hidden);
    expect(rules.check(party('a', 'root'), row({ oid: null }), 'know')).toEqual(hidden);
    expect(rules.check(party('a'), row(), 'know')).toEqual({ allowed: true, rule: 'open' });
  });

  it('check does not decide about a row whose ownership was not selected', () => {
    const { secret_to: _, ...partial } = row();
    expect(() => rules.check(party('a'), partial, 'know')).toThrow(/`secret_to`/);
    expect(() => rules.check(party('a'), row({ locked_by: 7 }), 'know')).toThrow(TypeError);
  });
});
