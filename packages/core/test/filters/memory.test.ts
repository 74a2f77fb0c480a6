import { memoryFilter } from '@flairgate/core/filters/memory';
import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, principalOf } from '../visibility/callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'] });
const single = createResourceRules({ type: 'rule', content: ['data'], tenancy: 'single' });

const row = (id: string, more: object = {}) => ({
  id,
  oid: 'org-a',
  created_by: null,
  locked_by: null,
  secret_to: null,
  ...more,
});

describe('memoryFilter', () => {
  it('memoryFilter gives the very rows that match, in their order', () => {
    const rows = [row('1'), row('2', { created_by: 'a' }), row('3', { oid: 'org-b', created_by: 'a' })];
    expect(memoryFilter(rules.where(party('a'), 'read'), rows)).toEqual([rows[0], rows[1]]);
    const [own, ...others] = memoryFilter(rules.where(party('a', 'segment'), 'read'), rows);
    expect(own).toBe(rows[1]);
    expect(others).toEqual([]);
  });

  it('memoryFilter gives a copy of the list, or an empty one, where no column is looked at', () => {
    const rows = [row('1')];
    const all = memoryFilter(single.where(party('a'), 'read'), rows);
    expect(all).toEqual(rows);
    expect(all).not.toBe(rows);
    expect(memoryFilter(rules.where(principalOf('org-a'), 'read', { organization: 'org-x' }), rows)).toEqual([]);
  });

  it('memoryFilter reads an entity as it would be sent', () => {
    const entity = { toJSON: () => row('1', { created_by: 'a' }) };
    expect(memoryFilter(rules.where(party('a', 'segment'), 'read'), [entity])).toEqual([entity]);
    expect(memoryFilter(rules.where(party('b', 'segment'), 'read'), [entity])).toEqual([]);
  });

  it.each([
    ['lacks it', { id: '1', oid: 'org-a', created_by: null, locked_by: null }],
    ['has a number there', row('1', { secret_to: 7 })],
    ['has nothing there', row('1', { secret_to: undefined })],
  ])('memoryFilter throws where a row %s', (_, given) => {
    expect(() => memoryFilter(rules.where(party('a'), 'content'), [given])).toThrow(TypeError);
  });

  it('memoryFilter takes no column that all objects were given for one of a row', () => {
    Object.defineProperty(Object.prototype, 'secret_to', { value: null, configurable: true });
    try {
      expect(() => memoryFilter(rules.where(party('a'), 'content'), [{ id: '1', oid: 'org-a' }])).toThrow(TypeError);
      expect(() => rules.view(party('a'), [{ id: '1', oid: 'org-a', created_by: null, locked_by: null }])).toThrow(
        TypeError,
      );
    } finally {
      Reflect.deleteProperty(Object.prototype, 'secret_to');
    }
  });
});
