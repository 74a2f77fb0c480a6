import { prismaFilter, prismaUpdates } from '@flairgate/core/filters/prisma';
import { createResourceRules } from '@flairgate/core/resources';
import { describe, expect, it } from 'vitest';
import { party, principalOf } from '../visibility/callers.js';

const rules = createResourceRules({
  type: 'rule',
  content: ['data'],
  columns: { organization: 'organizationId', createdBy: 'createdBy', lockedBy: 'lockedBy', secretTo: 'secretTo' },
});

describe('prismaFilter', () => {
  it('prismaFilter writes the terms over the fields of the model', () => {
    expect(prismaFilter(rules.where(party('a', 'segment'), 'update'))).toEqual({
      AND: [{ organizationId: 'org-a' }, { createdBy: 'a' }, { OR: [{ lockedBy: null }, { lockedBy: 'a' }] }],
    });
  });

  it('prismaFilter never writes an empty object, which Prisma reads as every row', () => {
    const nowhere = rules.where(principalOf('org-a'), 'read', { organization: 'org-x' });
    expect(prismaFilter(nowhere)).toEqual({ OR: [] });
  });
});

describe('prismaUpdates', () => {
  it('prismaUpdates is one update for a key that does not lock, and for one that locks', () => {
    expect(prismaUpdates(rules, party('a', 'root'))).toEqual([
      { where: { AND: [{ organizationId: 'org-a' }] }, data: {} },
    ]);
    expect(prismaUpdates(rules, party('a', 'lock')).map(({ data }) => data)).toEqual([{ lockedBy: 'a' }]);
  });

  it("prismaUpdates leaves another's lock alone where root passes it", () => {
    const where = { AND: [{ organizationId: 'org-a' }] };
    expect(prismaUpdates(rules, party('a', 'lock', 'root'))).toEqual([
      { where: { AND: [where, { lockedBy: null }] }, data: { lockedBy: 'a' } },
      { where: { AND: [where, { NOT: { lockedBy: null } }] }, data: {} },
    ]);
  });
});
