import { mongodbFilter, mongodbUpdates } from '@flairgate/core/filters/mongodb';
import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, principalOf } from '../visibility/callers.js';

const rules = createResourceRules({ type: 'rule', content: ['data'] });

describe('mongodbFilter', () => {
  it('mongodbFilter writes the terms with operators, so that no value is read as one', () => {
    expect(mongodbFilter(rules.where(party('$where', 'segment'), 'update'))).toEqual({
      $and: [{ oid: { $eq: 'org-a' } }, { created_by: { $eq: '$where' } }, { locked_by: { $in: [null, '$where'] } }],
    });
  });

  it('mongodbFilter never writes an empty document where no row may be reached', () => {
    const nowhere = rules.where(principalOf('org-a'), 'read', { organization: 'org-x' });
    expect(mongodbFilter(nowhere)).toEqual({ $nor: [{}] });
  });
});

describe('mongodbUpdates', () => {
  it("mongodbUpdates leaves another's lock alone where root passes it", () => {
    const [take, pass, ...more] = mongodbUpdates(rules, party('a', 'lock', 'root'));
    expect(take).toMatchObject({
      filter: { $and: [expect.anything(), { locked_by: { $eq: null } }] },
      set: { locked_by: 'a' },
    });
    expect(pass).toMatchObject({ filter: { $and: [expect.anything(), { locked_by: { $ne: null } }] }, set: {} });
    expect(more).toEqual([]);
  });

  it('mongodbUpdates returns one update for any other key', () => {
    expect(mongodbUpdates(rules, party('a', 'lock'))).toHaveLength(1);
    expect(mongodbUpdates(rules, party('a', 'root'))).toHaveLength(1);
  });
});
