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

/** Requests in a slice: about 0.2 s of a server's time. */
const AMOUNT = 3000;
const SMOKE_AMOUNT = 100;
/**
 * Requests before the first slice. V8 compiles on other threads until about 25,000 requests have come, and their CPU
 * counts as well: 10 to 20 µs a request, and more for a server with more code.
 */
const WARM_UP = 30_000;
/** Slices of a comparison in a round, for each second of `--seconds`. */
const CYCLES_PER_SECOND = 2;

async function bench(options: BenchOptions): Promise<void> {
  const { smoke, rounds } = options;
  if (!hasOwnCores) process.stderr.write('server and load generator share the cores: figures will be worse\n');
  const withPostgres = await hasPostgres();
  const wanted = COMPARISONS.filter(([variant, base]) => isWanted(`${variant} ÷ ${base}`, options)).filter(
    ([variant]) => withPostgres || !variant.includes('PostgreSQL'),
  );
  const load = startLoad();
  try {
    const cycles = Math.max(1, Math.round(options.seconds * CYCLES_PER_SECOND));
    const requests = smoke ? { amount: SMOKE_AMOUNT, warmUp: SMOKE_AMOUNT } : { amount: AMOUNT, warmUp: WARM_UP };
    const result = await measureSteadily(wanted, { load, rounds, cycles, ...requests });
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
    await load.stop();
  }
}

await bench(parseCommand(process.argv.slice(2)));
