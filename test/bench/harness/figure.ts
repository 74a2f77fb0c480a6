/** One measured value. A benchmark prints each as a line of JSON. */
export interface Figure {
  /** Room and what was measured: `http/x-api-key warm/throughput`. */
  readonly name: string;
  /** Median of the samples. */
  readonly value: number;
  /** Quartiles of the samples. */
  readonly low: number;
  readonly high: number;
  /** `ratio`, `ns`, `bytes`, `ms`, `1/s` or `exponent`. */
  readonly unit: Unit;
  readonly samples: number;
  readonly node: string;
}

export type Unit = 'ratio' | 'ns' | 'bytes' | 'ms' | '1/s' | 'exponent';

/** Makes a figure of samples: their median, with quartiles. */
export function figureOf(name: string, unit: Unit, samples: readonly number[]): Figure {
  return {
    name,
    value: rounded(quantile(samples, 0.5)),
    low: rounded(quantile(samples, 0.25)),
    high: rounded(quantile(samples, 0.75)),
    unit,
    samples: samples.length,
    node: process.versions.node,
  };
}

/** Prints a figure as a line of JSON, and gives it back. */
export function printFigure(name: string, unit: Unit, samples: readonly number[]): Figure {
  const figure = figureOf(name, unit, samples);
  process.stdout.write(`${JSON.stringify(figure)}\n`);
  return figure;
}

/** Reads a line that a benchmark printed; undefined for any other line. */
export function parseFigure(line: string): Figure | undefined {
  if (!line.startsWith('{')) return undefined;
  const parsed: Partial<Figure> = JSON.parse(line);
  const { name, value, low, high, unit, samples, node } = parsed;
  if (name === undefined || value === undefined || unit === undefined) return undefined;
  return { name, value, low: low ?? value, high: high ?? value, unit, samples: samples ?? 1, node: node ?? '' };
}

/** The value below which this part of the samples lies, interpolated. NaN of none. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
