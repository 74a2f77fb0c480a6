import { describe, expect, it } from 'vitest';
import { kindsToTest } from '../../../packages/stores/test/databases.js';
import { growthCases, type RoomName } from '../../bench/growth/case-names.js';
import { fitExponent } from '../../bench/growth/exponent.js';
import { measureRoom } from '../../bench/growth/measure-room.js';
import { growthRooms } from '../../bench/growth/rooms.js';
import { parseCommand } from '../../bench/harness/options.js';

const kinds = await kindsToTest(['sqlite', 'postgres']);
const smoke = parseCommand(['--smoke']);
const names = Object.keys(growthCases) as readonly RoomName[];

describe.each(kinds)('the benchmark of growth on %s', (kind) => {
  it.each(names)('every case of the room of %s does what it should on two sizes', async (name) => {
    const database = kind === 'postgres' ? 'PostgreSQL' : 'SQLite';
    expect(await measureRoom(growthRooms[name], database, smoke)).toBe(Object.keys(growthCases[name]).length);
  });
});

describe('the exponent of a course', () => {
  const sizes = [10, 100, 1000, 10_000];
  const courseOf = (measured: (size: number) => number) => sizes.map((size) => ({ size, value: measured(size) }));

  it('the exponent is 0 for what does not grow, 1 for a walk, and 2 for a walk within a walk', () => {
    expect(fitExponent(courseOf(() => 7))).toEqual({ exponent: 0, error: 0, residual: 1, lastStep: 0 });
    expect(fitExponent(courseOf((size) => 3 * size)).exponent).toBeCloseTo(1);
    expect(fitExponent(courseOf((size) => size ** 2)).exponent).toBeCloseTo(2);
  });

  it('the last step shows a walk that is small beside a constant', () => {
    const { exponent, lastStep, residual } = fitExponent(courseOf((size) => 1000 + 0.2 * size));
    expect(exponent).toBeLessThan(0.15);
    expect(lastStep).toBeGreaterThan(0.3);
    expect(residual).toBeGreaterThan(1.1);
  });
});
