import { parseArgs } from 'node:util';

/** Options of a benchmark: how long it runs, and its output. */
export interface BenchOptions {
  /** Seconds under load, for each variant of a round. */
  readonly seconds: number;
  readonly rounds: number;
  /** One short round over small data, to see that everything runs. Its figures mean nothing. */
  readonly smoke: boolean;
  /** Also measures the largest sizes, which take many minutes and a lot of disk. */
  readonly full: boolean;
  /** Runs only variants whose name contains one of these. Empty = all. */
  readonly only: readonly string[];
}

/** The options of the command, and the rooms it names. */
export interface Command extends BenchOptions {
  readonly rooms: readonly string[];
  /** Exit with 1 where a target is missed. */
  readonly check: boolean;
  /** Major version of the Node that runs the benchmarks. Undefined for the one that runs the command. */
  readonly node: string | undefined;
  /** File for the figures and the table. Undefined for none. */
  readonly out: string | undefined;
}

const MOST_SECONDS = 60;
const MOST_ROUNDS = 100;

/** Reads the command line. @throws TypeError for an unknown option or a number out of its range. */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    // pnpm hands the two dashes of `pnpm bench -- …` on.
    args: args.filter((argument) => argument !== '--'),
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      smoke: { type: 'boolean' },
      full: { type: 'boolean' },
      only: { type: 'string', multiple: true },
      check: { type: 'boolean' },
      out: { type: 'string' },
      node: { type: 'string' },
    },
  });
  const smoke = values.smoke === true;
  return {
    rooms: positionals,
    smoke,
    full: values.full === true,
    seconds: within('seconds', values.seconds ?? (smoke ? '0.3' : '1.5'), MOST_SECONDS),
    rounds: within('rounds', values.rounds ?? (smoke ? '1' : '5'), MOST_ROUNDS),
    only: values.only ?? [],
    check: values.check === true,
    out: values.out,
    node: values.node === undefined ? undefined : majorVersion(values.node),
  };
}

/** The options as arguments, for the process of one benchmark. */
export function benchArguments({ seconds, rounds, smoke, full, only }: BenchOptions): string[] {
  const flags = [...(smoke ? ['--smoke'] : []), ...(full ? ['--full'] : [])];
  const filters = only.map((part) => `--only=${part}`);
  return [`--seconds=${seconds}`, `--rounds=${rounds}`, ...flags, ...filters];
}

export function isWanted(name: string, { only }: BenchOptions): boolean {
  return only.length === 0 || only.some((part) => name.includes(part));
}

function majorVersion(text: string): string {
  if (/^\d{2}$/.test(text)) return text;
  throw new TypeError('--node: must be a major version, such as 24');
}

function within(option: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new TypeError(`--${option}: must be a number above 0 and at most ${most}`);
}
