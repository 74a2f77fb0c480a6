import type { Figure, Unit } from './harness/figure.js';
import { type Cell, type Figures, type Target, targets } from './targets.js';

/** Result of a target. */
export interface Verdict {
  readonly target: Target;
  /** Undefined where it was not measured. */
  readonly ours: Figure | undefined;
  readonly missed: boolean;
}

/** Compares what was measured with every target. */
export function judgeTargets(figures: Figures): readonly Verdict[] {
  return targets.map((target) => {
    const ours = find(target.ours, figures);
    return { target, ours, missed: ours !== undefined && isMissed(target, ours.value) };
  });
}

/** Writes the table: ours, peers, floor and target side by side. */
export function tableOf(verdicts: readonly Verdict[], figures: Figures): string {
  const rows = verdicts
    .filter(({ ours }) => ours !== undefined)
    .map(({ target, ours, missed }) => [
      target.measure,
      ours === undefined ? '' : withQuartiles(ours),
      (target.peers ?? [])
        .map((cell) => labelled(cell, figures))
        .filter(Boolean)
        .join('; '),
      target.floor === undefined ? '' : labelled(target.floor, figures),
      boundOf(target, ours?.unit),
      target.bound === undefined ? 'stated' : missed ? 'missed' : 'met',
    ]);
  return markdown([['measure', 'ours (quartiles)', 'peers', 'floor', 'target', ''], ...rows]);
}

/** Names what falls short, one a line. */
export function shortfalls(verdicts: readonly Verdict[]): readonly string[] {
  return verdicts
    .filter(({ missed }) => missed)
    .map(
      ({ target, ours }) =>
        `${target.measure}: ${ours === undefined ? '' : text(ours)}, target ${boundOf(target, ours?.unit)}`,
    );
}

function isMissed({ bound }: Target, value: number): boolean {
  if (bound === undefined) return false;
  return bound.kind === 'least' ? value < bound.value : value > bound.value;
}

function find({ figure }: Cell, figures: Figures): Figure | undefined {
  return typeof figure === 'string' ? figures.get(figure) : figure(figures);
}

function labelled(cell: Cell, figures: Figures): string {
  const figure = find(cell, figures);
  return figure === undefined ? '' : `${cell.label ?? ''} ${text(figure)}`.trim();
}

function boundOf({ bound }: Target, unit: Unit = 'ratio'): string {
  return bound === undefined ? '' : `${bound.kind === 'least' ? '≥' : '≤'} ${written(bound.value, unit)}`;
}

function withQuartiles(figure: Figure): string {
  return `${text(figure)} (${written(figure.low, figure.unit)} to ${written(figure.high, figure.unit)})`;
}

function text({ value, unit }: Figure): string {
  return written(value, unit);
}

const writers: Readonly<Record<Unit, (value: number) => string>> = {
  ratio: (value) => value.toFixed(value < 0.1 ? 3 : 2),
  ns: (value) => (value < 1000 ? `${value.toFixed(0)} ns` : `${(value / 1000).toFixed(1)} µs`),
  bytes: (value) => `${value.toFixed(0)} bytes`,
  ms: (value) => `${value.toFixed(1)} ms`,
  '1/s': (value) => `${value.toFixed(0)}/s`,
  exponent: (value) => value.toFixed(2),
};

function written(value: number, unit: Unit): string {
  return writers[unit](value);
}

function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
