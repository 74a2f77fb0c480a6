import { expect, it } from 'vitest';
import { boundOf, costTable, deletionBoundOf, measureRoutes } from '../../flow/route-costs/measure.ts';
import { sizesOf } from '../../flow/route-costs/worst-case.ts';

/** A caller that owns as much as its limits let it: 1,000 of most things, 10,000 keys and API users. */
it('no request costs more than its caller owns, when it owns as much as it can', async () => {
  const costs = await measureRoutes(1000, 'sqlite');
  console.log(costTable(1000, costs));
  const over = costs.filter(({ grows, read, locked, written, bytes }) => {
    const bound = boundOf(grows, sizesOf(1000));
    return Math.max(read + written, locked) > bound.rows || bytes > bound.bytes;
  });
  expect(over).toEqual([]);
  const deletion = costs.find(({ id }) => id === 'deleteOrgsOid');
  expect(deletion?.mostLocked).toBeLessThanOrEqual(deletionBoundOf(sizesOf(1000)));
});
