import type { Surroundings } from '../command.js';
import { readEnvironment } from '../environment.js';
import { faultOf, printFailure } from '../print.js';
import { type Addition, type OpenedService, type RunOptions, runService } from './run-service.js';

/**
 * Runs the service as `flairgate serve` does, with what `add` serves beside it, and sets the exit code.
 *
 * What stops it is told in one line on standard error.
 *
 * @example
 * await start({ keyFormat: 'uuid' }, async ({ service }) => ({ handlers: [rules(service)], lines: [], close }));
 */
export async function start(options: RunOptions, add: (opened: OpenedService) => Promise<Addition>): Promise<void> {
  const surroundings: Surroundings = {
    env: process.env,
    out: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
  };
  try {
    await runService(options, readEnvironment(process.env), surroundings, add);
  } catch (error) {
    const failure = faultOf(error);
    printFailure(surroundings, failure, options.json === true);
    process.exitCode = failure.exit;
  }
}
