import { expect, it } from 'vitest';
import { boundOf, costTable, measureRoutes } from './measure.ts';
import { requests } from './requests.ts';
import { sizesOf } from './worst-case.ts';

/** What one caller owns, as a share of the limits: the costs are sums of it, and of no two of its parts a product. */
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
  },
  120_000,
);
