import { printFigure } from './harness/figure.js';
import { hasPostgres } from './harness/fixture.js';
import { type BenchOptions, isWanted, parseCommand } from './harness/options.js';
import { hasOwnCores, startLoad } from './http/processes.js';
import { type Comparison, canTell, measureSteadily } from './http/steady-pairs.js';

/** Comparisons. The base has everything except the part whose cost is measured. */
const COMPARISONS: readonly Comparison[] = [
  ['x-api-key, warm', 'same bytes as x-api-key'],
  ['Bearer HS256, warm', 'same bytes as Bearer'],
  ['x-api-key, warm', 'same bytes as x-api-key, mounted alike'],
  ['Bearer HS256, warm', 'same bytes as Bearer, mounted alike'],
  ['same bytes as x-api-key, mounted alike', 'same bytes as x-api-key'],
  ['x-api-key, warm', 'by hand: keyed by SHA-256, same headers'],
  ['x-api-key, warm', 'x-api-key, warm, usage off'],
  ['x-api-key, warm, on SQLite', 'x-api-key, warm'],
  ['Bearer HS256, warm', 'fast-jwt HS256, cache'],
  ['Bearer of another issuer, warm', 'Bearer RS256, warm'],
  ['x-api-key, warm, protected resource', 'x-api-key, warm'],
  ['Bearer RS256, warm, protected resource', 'Bearer RS256, warm'],
  ['x-api-key, warm, guard on a list of 100', 'list of 100, no authorization'],
  ['x-api-key, warm, guard on a list of 100, one kept back', 'list of 100, no authorization'],
  ['x-api-key, warm, with limiter', 'x-api-key, warm, with express-rate-limit'],
  ['refused: no credential', 'x-api-key, warm'],
  ['refused: malformed token', 'x-api-key, warm'],
  ['refused: unknown key, on SQLite', 'x-api-key, warm'],
  ['refused: unknown key, on PostgreSQL', 'x-api-key, warm'],
];

/**
 * Requests before the first measurement. V8 compiles on other threads until about 25,000 requests have come, and their CPU
 * counts as well: 10 to 20 µs a request, and more for a server with more code.
 */
const WARM_UP = 30_000;
const SMOKE_WARM_UP = 100;
const WINDOW_SECONDS = 1;
const SMOKE_WINDOW_SECONDS = 0.2;
/** Rounds at most, for each one of `--rounds`. More than four are needed only until the controls come out as 1. */
const MOST_ROUNDS = 2;
/** Measurements of a comparison in a round, for each second of `--seconds`. */
const WINDOWS_PER_SECOND = 2;

async function bench(options: BenchOptions): Promise<void> {
  const { smoke, rounds } = options;
  if (!hasOwnCores) process.stderr.write('server and load generator share the cores: figures will be worse\n');
  const withPostgres = await hasPostgres();
  const wanted = COMPARISONS.filter(([variant, base]) => isWanted(`${variant} ÷ ${base}`, options)).filter(
    ([variant]) => withPostgres || !variant.includes('PostgreSQL'),
  );
  const loads = [startLoad(), startLoad()] as const;
  try {
    const windows = Math.max(1, Math.round(options.seconds * WINDOWS_PER_SECOND));
    const size = smoke
      ? { windowSeconds: SMOKE_WINDOW_SECONDS, warmUp: SMOKE_WARM_UP }
      : { windowSeconds: WINDOW_SECONDS, warmUp: WARM_UP };
    const result = await measureSteadily(wanted, { loads, rounds: smoke ? 1 : MOST_ROUNDS * rounds, windows, ...size });
    const [again = [], noOp = []] = result.controls;
    printFigure('http-cpu/bare ÷ bare, again', 'ratio', again);
    printFigure('http-cpu/no-op middleware ÷ bare', 'ratio', noOp);
    if (!canTell(result)) {
      // A figure that is not printed meets or misses no target.
      process.stdout.write('cannot tell: a no-op or a second bare app is more than 2 % from the bare app\n');
      return;
    }
    for (const [index, [variant, base]] of wanted.entries()) {
      printFigure(`http-cpu/${variant} ÷ ${base}`, 'ratio', result.ratios[index] ?? []);
    }
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
  }
}

await bench(parseCommand(process.argv.slice(2)));
