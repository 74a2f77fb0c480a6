import type { Mutant } from './mutate.js';

/** Fate of a mutant: a test failed, it never ended, every test passed, or no test reaches it. */
export type Fate = 'killed' | 'endless' | 'survived' | 'unreached';

/** A mutant with its fate. */
export interface Result extends Mutant {
  readonly fate: Fate;
  /** The test that fails. */
  readonly by?: string;
}

/** The counts of a file, or of all files. */
export interface Score {
  readonly all: number;
  readonly killed: number;
  readonly endless: number;
  readonly survived: number;
  readonly unreached: number;
  /** The share that tests noticed, in percent. */
  readonly percent: number;
}

/** Counts results by their fate. */
export function scoreOf(results: readonly Result[]): Score {
  const count = (fate: Fate): number => results.filter((result) => result.fate === fate).length;
  const [killed, endless] = [count('killed'), count('endless')];
  const percent = results.length === 0 ? 100 : (100 * (killed + endless)) / results.length;
  return {
    all: results.length,
    killed,
    endless,
    survived: count('survived'),
    unreached: count('unreached'),
    percent,
  };
}

/** True for a mutant that no test noticed. */
export function isSurvivor({ fate }: Result): boolean {
  return fate === 'survived' || fate === 'unreached';
}
