import { parseArgs } from 'node:util';

/** Options of a soak. */
export interface SoakOptions {
  /** Length of the load in seconds. */
  readonly seconds: number;
  /** Seconds between two samples of each gateway. */
  readonly sampleSeconds: number;
  /** Operations that run at the same time. */
  readonly workers: number;
  /** Pause of a worker after each operation, in milliseconds. */
  readonly pauseMs: number;
  /** Longest time for which a revoked credential may be accepted, in seconds. */
  readonly boundSeconds: number;
  /** Folder that the figures and the picture are written to. */
  readonly folder: string;
  /** File that the picture is copied to. */
  readonly picture: string | undefined;
  /** Start of the random sequence of operations. */
  readonly seed: number;
  /** True for one gateway on SQLite, also where PostgreSQL answers. */
  readonly embedded: boolean;
}

/** A run of a few seconds makes the same checks with samples closer together. */
const SHORT_SECONDS = 120;

/** Fills in what depends on the length of the run. */
export function soakOptions(seconds: number, folder: string, given: Partial<SoakOptions> = {}): SoakOptions {
  const isShort = seconds < SHORT_SECONDS;
  return {
    seconds,
    sampleSeconds: isShort ? 1 : 10,
    workers: isShort ? 4 : 6,
    pauseMs: isShort ? 20 : 50,
    boundSeconds: isShort ? 3 : 30,
    folder,
    picture: undefined,
    seed: Math.floor(Math.random() * 1e9),
    embedded: false,
    ...given,
  };
}

/** Reads the options of the command line. */
export function parseSoakOptions(args: readonly string[], defaultFolder: string): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      out: { type: 'string', default: defaultFolder },
      picture: { type: 'string' },
      seed: { type: 'string' },
      embedded: { type: 'boolean', default: false },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 24 * 60)) throw new Error('--minutes: must be more than 0 and at most 1440');
  const given = { picture: values.picture, embedded: values.embedded };
  const seed = values.seed === undefined ? {} : { seed: Number(values.seed) };
  return soakOptions(minutes * 60, values.out, { ...given, ...seed });
}
