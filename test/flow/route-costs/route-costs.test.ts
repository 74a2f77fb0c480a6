import { expect, it } from 'vitest';
import { boundOf, costTable, deletionBoundOf, measureRoutes } from './measure.ts';
import { requests } from './requests.ts';
import { sizesOf } from './worst-case.ts';

/** Shares of the limits that one caller owns. Costs are sums of what it owns, and never products of two parts of it. */
const sizes = process.env.N === undefined ? [10, 40] : [Number(process.env.N)];

it.each(sizes)(
  'no request costs more than its caller owns, where n is %i',
  async (n) => {
    const costs = await measureRoutes(n);
    console.log(costTable(n, costs));
    const statuses = Object.fromEntries(costs.map(({ id, status }) => [id, status]));
    expect(statuses).toEqual(Object.fromEntries(Object.entries(requests).map(([id, { status }]) => [id, status])));
    const over = costs.filter(({ grows, read, locked, written, bytes }) => {
      const bound = boundOf(grows, sizesOf(n));
      return Math.max(read + written, locked) > bound.rows || bytes > bound.bytes;
    });
    expect(over).toEqual([]);
    const deletion = costs.find(({ id }) => id === 'deleteOrgsOid');
    expect(deletion?.mostLocked).toBeLessThanOrEqual(deletionBoundOf(sizesOf(n)));
  },
  120_000,
);
