/** Runs of a property: all of them in `test:long`, a fifth in `test`, which is to end within minutes. */
export function runs(full: number): number {
  return process.env.FULL_RUNS === undefined ? Math.ceil(full / 5) : full;
}
