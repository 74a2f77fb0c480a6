import { OptionError } from '@flairgate/core';
import { drizzleContent, drizzleFilter, drizzleStamp } from '@flairgate/core/filters/drizzle';
import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party } from '../visibility/callers.js';

const rules = createResourceRules({
  type: 'rule',
  content: ['data'],
  columns: { createdBy: 'createdBy', lockedBy: 'lockedBy', secretTo: 'secretTo' },
});
const column = (name: string) => ({ column: name });
const table = {
  oid: column('oid'),
  createdBy: column('created_by'),
  lockedBy: column('locked_by'),
  secretTo: column('secret_to'),
  data: column('data'),
};

/** A tag that prints columns in quotes, other values as `?`, and what it made itself as it is. */
class Text {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function sql(strings: TemplateStringsArray, ...values: unknown[]): Text {
  const print = (value: unknown) => {
    if (value instanceof Text) return value.text;
    return typeof value === 'object' && value !== null ? `"${Reflect.get(value, 'column')}"` : '?';
  };
  return new Text(strings.reduce((text, part, index) => `${text}${print(values[index - 1])}${part}`));
}

describe('drizzleFilter', () => {
  it('drizzleFilter says all the terms over the columns of the table object', () => {
    expect(drizzleFilter(rules.where(party('a', 'segment'), 'update'), table, sql).text).toBe(
      '("oid" = ? and "created_by" = ? and ("locked_by" is null or "locked_by" = ?))',
    );
  });

  it('drizzleFilter stops at a table object without the column', () => {
    const { lockedBy: _, ...partial } = table;
    expect(() => drizzleFilter(rules.where(party('a'), 'update'), partial, sql)).toThrow(OptionError);
  });
});

describe('drizzleContent and drizzleStamp', () => {
  it('drizzleContent and drizzleStamp select content for whom it may read', () => {
    const { data, opaque } = drizzleContent(rules, party('a'), table, sql);
    expect(data.text).toBe('case when ("oid" = ? and ("secret_to" is null or "secret_to" = ?)) then "data" end');
    expect(opaque.text).toContain('then false else true end');
  });

  it('an update with drizzleStamp takes a free lock', () => {
    expect(drizzleStamp(rules, party('a', 'lock'), table, sql).lockedBy?.text).toBe('coalesce("locked_by", ?)');
    expect(drizzleStamp(rules, party('a'), table, sql)).toEqual({});
  });
});
