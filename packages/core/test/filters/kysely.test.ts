import { OptionError } from '@flairgate/core';
import { kyselyContent, kyselyField, kyselyFilter, kyselyStamp } from '@flairgate/core/filters/kysely';
import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, principalOf } from '../visibility/callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'] });
const hostile = "x' or '1'='1";

/** Prints a node as SQL; bound values become `?`. */
function print(node: unknown): string {
  if (typeof node !== 'object' || node === null || !('kind' in node)) throw new Error('not a node');
  const of = <T>(name: string): T => Reflect.get(node, name);
  if (node.kind === 'ValueNode') return '?';
  if (node.kind === 'IdentifierNode') return `"${of<string>('name')}"`;
  if (node.kind === 'ColumnNode') return print(of('column'));
  if (node.kind === 'SchemableIdentifierNode') return print(of('identifier'));
  if (node.kind === 'TableNode') return print(of('table'));
  if (node.kind === 'AliasNode') return `${print(of('node'))} as ${print(of('alias'))}`;
  if (node.kind === 'ReferenceNode')
    return `${of('table') === undefined ? '' : `${print(of('table'))}.`}${print(of('column'))}`;
  const parameters = of<unknown[]>('parameters');
  return of<string[]>('sqlFragments').reduce(
    (sql, fragment, index) => `${sql}${print(parameters[index - 1])}${fragment}`,
  );
}

describe('kyselyFilter', () => {
  it('kyselyFilter says all the terms, with names quoted and values bound', () => {
    const segmented = { ...party(hostile, 'segment'), oid: hostile };
    expect(print(kyselyFilter(rules.where(segmented, 'update')).toOperationNode())).toBe(
      '("oid" = ? and "created_by" = ? and ("locked_by" is null or "locked_by" = ?))',
    );
  });

  it('kyselyFilter says every row and no row in a way each database knows', () => {
    const single = createResourceRules({ type: 'rule', content: [], tenancy: 'single' });
    expect(print(kyselyFilter(single.where(party('a'), 'read')).toOperationNode())).toBe('1 = 1');
    const nowhere = rules.where(principalOf('org-a'), 'read', { organization: 'org-x' });
    expect(print(kyselyFilter(nowhere).toOperationNode())).toBe('1 = 0');
  });

  it('kyselyFilter puts a table before each column, and nothing but a name', () => {
    const where = rules.where(party('a'), 'read');
    expect(print(kyselyFilter(where, { table: 'r' }).toOperationNode())).toBe('("r"."oid" = ?)');
    for (const table of ['r; drop table rule', 'a.b.c', '', '"r"']) {
      expect(() => kyselyFilter(where, { table })).toThrow(OptionError);
    }
  });
});

describe('kyselyContent', () => {
  it('kyselyContent selects content for whom it may read, and the mark', () => {
    const [data, opaque] = kyselyContent(rules, party('a')).map((each) => print(each.toOperationNode()));
    expect(data).toBe('case when ("oid" = ? and ("secret_to" is null or "secret_to" = ?)) then "data" end as "data"');
    expect(opaque).toBe(
      'case when ("oid" = ? and ("secret_to" is null or "secret_to" = ?)) then false else true end as "opaque"',
    );
  });

  it('kyselyContent selects nothing of an organization the caller has nothing to do with', () => {
    const [data] = kyselyContent(rules, principalOf('org-a'), { organization: 'org-x' });
    expect(print(data?.toOperationNode())).toBe('case when 1 = 0 then "data" end as "data"');
  });
});

describe('kyselyField', () => {
  it('kyselyField is the field as the caller may see it', () => {
    const field = print(kyselyField(rules, party('a', 'root'), 'data', { table: 'r' }).toOperationNode());
    expect(field).toBe(
      'case when ("r"."oid" = ? and ("r"."secret_to" is null or "r"."secret_to" = ?)) then "r"."data" end',
    );
  });
});

describe('kyselyStamp', () => {
  it('kyselyStamp takes a free lock, for a key that locks', () => {
    expect(print(kyselyStamp(rules, party('a', 'lock')).locked_by?.toOperationNode())).toBe('coalesce("locked_by", ?)');
    expect(kyselyStamp(rules, party('a', 'root'))).toEqual({});
  });
});
