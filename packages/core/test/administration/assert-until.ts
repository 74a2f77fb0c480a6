import fc, { type IAsyncPropertyWithHooks } from 'fast-check';

/** Most times that the runs of a property are repeated to cover what it must cover. */
const MOST_REPEATS = 10;

/**
 * Checks a property, and goes on with as many runs again until `isCovered` returns true. What random commands cover is
 * then no matter of luck.
 */
export async function assertUntil<T>(
  property: IAsyncPropertyWithHooks<T>,
  numRuns: number,
  isCovered: () => boolean,
): Promise<void> {
  for (let repeat = 0; repeat < MOST_REPEATS; repeat++) {
    await fc.assert(property, { numRuns });
    if (isCovered()) return;
  }
}
