/** Value at a time, in seconds. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** Most pairs of points that a slope is taken from. */
const MAX_PAIRS = 200_000;

/**
 * Returns the slope by Theil and Sen: the median of the slopes of all pairs of points. A third of the points may be far
 * off without moving it. Returns 0 for fewer than two points.
 */
export function theilSen(points: readonly Point[]): number {
  const step = Math.max(1, Math.ceil(points.length ** 2 / 2 / MAX_PAIRS));
  const slopes: number[] = [];
  for (let first = 0; first < points.length; first += 1) {
    for (let second = first + 1; second < points.length; second += step) {
      const [a, b] = [points[first], points[second]];
      if (a !== undefined && b !== undefined && b.at > a.at) slopes.push((b.value - a.value) / (b.at - a.at));
    }
  }
  return median(slopes);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Returns the value below which this part of the values is; 0 for none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Series of one process, and by how much it may grow. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly Point[];
  /** Growth over the whole of the points that still counts as flat. */
  readonly mayGrow: number;
}

/** Verdict about a series. */
export interface Flatness {
  readonly name: string;
  readonly unit: string;
  readonly samples: number;
  readonly seconds: number;
  readonly slopePerHour: number;
  readonly growth: number;
  readonly mayGrow: number;
  readonly isFlat: boolean;
}

/** Decides whether a series is flat: its slope by {@link theilSen} times its length is at most what it may grow. */
export function decideFlatness({ name, unit, points, mayGrow }: Series): Flatness {
  const seconds = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  const slope = theilSen(points);
  const growth = slope * seconds;
  const figures = { slopePerHour: round(slope * 3600), growth: round(growth), mayGrow: round(mayGrow) };
  return { name, unit, samples: points.length, seconds: Math.round(seconds), ...figures, isFlat: growth <= mayGrow };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
