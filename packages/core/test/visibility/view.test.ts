import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, row } from './callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'], validators: ['etag'] });
const secret = { secret_to: 'sid-of-owner' };

describe('view', () => {
  it('view blanks content that is secret to another caller, with the mark beside it and no etag', () => {
    expect(rules.view(party('a', 'root'), row(secret))).toEqual({
      id: 'r1',
      name: 'first',
      oid: 'org-a',
      data: null,
      opaque: true,
    });
  });

  it('a view shows everything to the holder', () => {
    expect(rules.view(party('owner'), row(secret))).toEqual({
      id: 'r1',
      name: 'first',
      oid: 'org-a',
      data: { detect: 'x' },
      etag: 'v1',
    });
  });

  it('view leaves out hidden rows without a trace', () => {
    const rows = [row({ id: 'mine', created_by: 'a' }), row({ id: 'theirs', created_by: 'b' }), row({ id: 'old' })];
    expect(rules.view(party('a', 'segment'), rows).map(({ id }) => id)).toEqual(['mine']);
    expect(rules.view(party('a', 'segment'), rows[1])).toBeUndefined();
    expect(rules.view(party('a'), [row({ oid: 'org-b' })])).toEqual([]);
    expect(rules.view(party('a'), undefined)).toBeUndefined();
    expect(rules.view(party('a'), null)).toBeUndefined();
  });

  it('view never changes the rows it is given', () => {
    const rows = Object.freeze([Object.freeze(row(secret)), Object.freeze(row())]);
    const before = structuredClone(rows);
    const seen = rules.view(party('a'), rows);
    expect(rows).toEqual(before);
    expect(seen[0]).not.toBe(rows[0]);
  });

  it('view puts no content into a row that has none selected', () => {
    const { data: _, ...listed } = row(secret);
    expect(rules.view(party('a'), listed)).toEqual({ id: 'r1', name: 'first', oid: 'org-a', opaque: true });
  });

  it.each(['created_by', 'locked_by', 'secret_to'])('view takes no row without the column %s', (column) => {
    const { [column]: _, ...lacking } = row() as Record<string, unknown>;
    expect(() => rules.view(party('a'), lacking)).toThrow(TypeError);
    expect(() => rules.view(party('a'), [row(), lacking])).toThrow(/lacks one of/);
  });

  it('view replaces an `opaque` that came with the row', () => {
    expect(rules.view(party('a'), row({ opaque: 1 }))).not.toHaveProperty('opaque');
    expect(rules.view(party('a'), row({ ...secret, opaque: 0 }))).toHaveProperty('opaque', true);
  });

  it('view keeps ownership columns in the view only where asked to', () => {
    const showing = createResourceRules({ type: 'rule', content: ['data'], ownership: 'show' });
    expect(showing.view(party('a'), row({ created_by: 'b' }))).toMatchObject({
      created_by: 'b',
      locked_by: null,
      secret_to: null,
    });
    expect(rules.view(party('a'), row({ created_by: 'b' }))).not.toHaveProperty('created_by');
  });

  it('view refuses a row without an ownership column instead of showing it', () => {
    const { secret_to: _, ...partial } = row();
    expect(() => rules.view(party('a'), [partial])).toThrow(TypeError);
  });

  it('view blanks what an entity would be sent as, and leaves the entity alone', () => {
    class Entity {
      readonly held = row(secret);
      toJSON() {
        return { ...this.held };
      }
    }
    const entity = new Entity();
    const sent = JSON.stringify(rules.view(party('a'), entity));
    expect(JSON.parse(sent)).toEqual({ id: 'r1', name: 'first', oid: 'org-a', data: null, opaque: true });
    expect(entity.held.data).toEqual({ detect: 'x' });
  });

  it('view refuses an entity whose view could turn back into the whole of it', () => {
    const whole = row(secret);
    const entity = { toJSON: () => ({ ...whole, toJSON: () => whole }) };
    expect(() => rules.view(party('a'), entity)).toThrow(TypeError);
  });
});
