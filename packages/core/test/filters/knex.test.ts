import { OptionError } from '@flairgate/core';
import { knexContent, knexField, knexFilter, knexStamp } from '@flairgate/core/filters/knex';
import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party } from '../visibility/callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'] });
const knex = { raw: (sql: string, bindings: readonly string[]) => ({ sql, bindings }) };

function written(filter: ReturnType<typeof knexFilter>) {
  const calls: { sql: string; bindings: readonly string[] }[] = [];
  filter({ whereRaw: (sql, bindings) => calls.push({ sql, bindings }) });
  return calls;
}

describe('knexFilter', () => {
  it('knexFilter binds every name and value', () => {
    expect(written(knexFilter(rules.where(party('a', 'segment'), 'update'), { table: 'public.rule' }))).toEqual([
      {
        sql: '(?? = ? and ?? = ? and (?? is null or ?? = ?))',
        bindings: [
          'public.rule.oid',
          'org-a',
          'public.rule.created_by',
          'a',
          'public.rule.locked_by',
          'public.rule.locked_by',
          'a',
        ],
      },
    ]);
  });

  it('knexFilter refuses a table that is more than a name', () => {
    expect(() => written(knexFilter(rules.where(party('a'), 'read'), { table: 'r as x' }))).toThrow(OptionError);
  });
});

describe('knexContent, knexField and knexStamp', () => {
  it('knexContent, knexField and knexStamp select content for whom it may read', () => {
    expect(knexContent(rules, party('a'), knex)).toEqual([
      {
        sql: 'case when (?? = ? and (?? is null or ?? = ?)) then ?? end as ??',
        bindings: ['oid', 'org-a', 'secret_to', 'secret_to', 'sid-of-a', 'data', 'data'],
      },
      {
        sql: 'case when (?? = ? and (?? is null or ?? = ?)) then false else true end as ??',
        bindings: ['oid', 'org-a', 'secret_to', 'secret_to', 'sid-of-a', 'opaque'],
      },
    ]);
    expect(knexField(rules, party('a'), 'data', knex).bindings.at(-1)).toBe('data');
  });

  it('an update with knexStamp takes a free lock', () => {
    expect(knexStamp(rules, party('a', 'lock'), knex)).toEqual({
      locked_by: { sql: 'coalesce(??, ?)', bindings: ['locked_by', 'a'] },
    });
    expect(knexStamp(rules, party('a'), knex)).toEqual({});
  });
});
