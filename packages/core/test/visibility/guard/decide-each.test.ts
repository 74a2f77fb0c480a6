import { type OwnershipSnapshot, see, seeEach, spaceOf } from '@flairgate/core/internal';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

const someone = fc.constantFrom('me', 'other', null);
const ownership = fc.record({
  organization: fc.constantFrom('o1', 'o2'),
  createdBy: someone,
  lockedBy: someone,
  secretTo: someone,
});
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const rows = fc.uniqueArray(fc.tuple(id, ownership, fc.nat(4)), { selector: ([each]) => each });
const intents = fc.array(
  fc.tuple(fc.oneof(id, fc.constant('?new')), ownership, fc.constantFrom('create', 'update', 'delete')),
  { maxLength: 3 },
);
const flags = fc.record({ segment: fc.boolean(), root: fc.boolean(), lock: fc.boolean(), secret: fc.boolean() });
const counters = fc.record({ revision: fc.nat(4), secretEnded: fc.nat(4), adoptedBy: fc.constantFrom('o1', null) });

it(`the decision about a list equals the decisions about each of its ids, seed ${seed}`, () => {
  const verdicts = new Set<string>();
  const property = fc.property(
    fc.constantFrom('routed', 'shared'),
    flags,
    rows,
    intents,
    counters,
    counters,
    (tenancy, flairs, owned, pending, was, is) => {
      const space = spaceOf('rule', tenancy, 'o1');
      const at = { oid: space.oid, type: space.type };
      const caller = { oid: 'o1', identity: 'me', secretId: 'me', ...flairs };
      const snapshot: OwnershipSnapshot = {
        space,
        state: { ...at, ...is, secrets: 1, intents: pending.length },
        owned: new Map(owned.map(([name, row, generation]) => [name, { ...at, id: name, ...row, generation }])),
        intents: pending.map(([name, row, operation], index) => ({
          ...at,
          id: name,
          ...row,
          token: `t${index}`,
          identity: 'other',
          operation: operation as 'create',
          strict: true,
          startedAt: 0,
          endsAt: 1,
        })),
      };
      const before = { ...at, ...was, secrets: 1, intents: 0 };
      const ids = ['a', 'b', 'c', 'd', 'e', 'a'];
      const each = ids.map((name) => see(caller, before, snapshot, name));
      for (const { rule } of each) verdicts.add(rule);
      expect(seeEach(caller, before, snapshot, ids)).toEqual(each);
    },
  );
  fc.assert(property, { seed, numRuns: 500 });
  expect([...verdicts]).toEqual(expect.arrayContaining(['hidden', 'withheld', 'open', 'holder']));
});
