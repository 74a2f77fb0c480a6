import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, row } from './callers.js';

const oid = 'a5b1c2d3-0000-4000-8000-00000000abcd';
const capitals = oid.toUpperCase();
const caller = { ...party('a', 'segment'), oid };

const rules = createResourceRules({ type: 'rule', content: ['data'], organizationCase: 'upper' });

describe('rules of a table whose organizations are in capitals', () => {
  it('rules of a table whose organizations are in capitals compare and stamp the column in capitals', () => {
    const { visibility } = rules.where(caller, 'read');
    expect(JSON.stringify(visibility)).toContain(`"value":"${capitals}"`);
    expect(rules.stamp(caller, 'create')).toMatchObject({ oid: capitals, created_by: 'a' });
  });

  it('rules of a table whose organizations are in capitals see the rows of the organization, and no others', () => {
    const mine = { created_by: 'a' };
    const rows = [row({ ...mine, oid: capitals }), row({ ...mine, oid }), row({ oid: capitals, created_by: 'b' })];
    expect(rules.view(caller, rows)).toHaveLength(1);
    expect(rules.check(caller, rows[0], 'update').allowed).toBe(true);
    expect(rules.check(caller, rows[1], 'update').allowed).toBe(false);
  });

  it('rules of a table take the name of the organization in either case, and never fold the id of a resource', () => {
    expect(rules.where(caller, 'read', { organization: capitals }).visibility.kind).toBe('where');
    expect(rules.view(caller, row({ oid: capitals, created_by: 'a', id: 'R1' }))).toMatchObject({ id: 'R1' });
  });

  it('rules of a table whose organizations are in capitals are refused for another case', () => {
    expect(() => createResourceRules({ type: 'rule', content: [], organizationCase: 'Upper' as never })).toThrow(
      'resources.organizationCase: must be one of lower, upper',
    );
  });
});
