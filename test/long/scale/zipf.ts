/** A source of numbers from 0 up to 1, the same for the same seed. */
export type Chance = () => number;

/** Mulberry32: 32 bits of state are enough for counting hits. */
export function seeded(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Milliseconds until the next of events that come at this rate, independently. */
export function untilNext(chance: Chance, perSecond: number): number {
  return perSecond === 0 ? Number.POSITIVE_INFINITY : (-Math.log(1 - chance()) / perSecond) * 1000;
}

/** Keys of one share of use: those with ranks `from` to `to`, the last left out, asked for this often each. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** Bands are this much wider than the one before: finer ones change the third digit of nothing. */
const GROWTH = 1.02;

/** Use of `keys` keys by Zipf's law: the key of rank r is asked for in proportion to r to the power of -exponent. */
export function zipfBands(keys: number, exponent: number): readonly Band[] {
  const weights: { from: number; to: number; each: number }[] = [];
  for (let from = 0; from < keys; ) {
    const to = Math.min(keys, Math.max(from + 1, Math.floor(from * GROWTH)));
    weights.push({ from, to, each: ((from + 1 + to) / 2) ** -exponent });
    from = to;
  }
  const sum = weights.reduce((total, { from, to, each }) => total + each * (to - from), 0);
  return weights.map(({ from, to, each }) => ({ from, to, share: each / sum }));
}

/** Draws keys by their bands. */
export function zipfSampler(bands: readonly Band[], chance: Chance): () => number {
  let sum = 0;
  const ends = bands.map(({ from, to, share }) => {
    sum += share * (to - from);
    return sum;
  });
  return () => {
    const at = chance() * sum;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    const { from, to } = bands[low] ?? { from: 0, to: 1 };
    return from + Math.floor(chance() * (to - from));
  };
}
