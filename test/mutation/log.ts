import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Task of a process with tests, as the process that started it wrote it into a file. */
export interface Work {
  readonly log: string;
  /** Built files to load before any test. */
  readonly built: readonly string[];
  readonly tests: readonly string[];
  readonly ids: readonly number[];
  /** The only mutant is chosen before anything is loaded. */
  readonly fromStart: boolean;
}

/** One line that the process with the tests leaves for the one that waits for it. */
export type LogLine =
  | { readonly kind: 'reached'; readonly ids: readonly number[]; readonly ms: number }
  | { readonly kind: 'loaded'; readonly ids: readonly number[] }
  | { readonly kind: 'begun'; readonly id: number }
  | { readonly kind: 'survived'; readonly id: number }
  | { readonly kind: 'killed'; readonly id: number; readonly by: string }
  | { readonly kind: 'broken'; readonly test: string; readonly ids: readonly number[] }
  | { readonly kind: 'done'; readonly test: string };

/** Writes at once, as the next mutant may never end. */
export function writeLine(file: string, line: LogLine): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** Reads what was written so far. */
export function readLines(file: string): readonly LogLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as LogLine);
}
