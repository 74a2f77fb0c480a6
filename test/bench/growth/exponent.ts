/** A line through the logarithms of sizes and values. */
export interface Fit {
  /** Slope: 0 if the value does not depend on the size, 1 if it grows as the size does. */
  readonly exponent: number;
  /** Standard error of the slope. 0 for two points. */
  readonly error: number;
  /** Factor by which a value differs from the line, as a root mean square. 1 if all points lie on it. */
  readonly residual: number;
  /** Slope between the two largest sizes, which shows a part that is linear but small. */
  readonly lastStep: number;
}

export interface Point {
  readonly size: number;
  readonly value: number;
}

/** Fits log(value) to log(size) by least squares. Needs two points or more, in ascending order of size. */
export function fitExponent(points: readonly Point[]): Fit {
  const logs = points.map(({ size, value }) => ({ x: Math.log(size), y: Math.log(value) }));
  const meanX = mean(logs.map(({ x }) => x));
  const meanY = mean(logs.map(({ y }) => y));
  const spread = sum(logs.map(({ x }) => (x - meanX) ** 2));
  const exponent = sum(logs.map(({ x, y }) => (x - meanX) * (y - meanY))) / spread;
  const squares = sum(logs.map(({ x, y }) => (y - meanY - exponent * (x - meanX)) ** 2));
  const free = logs.length - 2;
  const [before, last] = [logs.at(-2), logs.at(-1)];
  return {
    exponent,
    error: free > 0 ? Math.sqrt(squares / free / spread) : 0,
    residual: Math.exp(Math.sqrt(squares / logs.length)),
    lastStep: before === undefined || last === undefined ? Number.NaN : (last.y - before.y) / (last.x - before.x),
  };
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
