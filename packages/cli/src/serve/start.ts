import { readSettings } from '../configuration/settings.js';
import { readEnvironment } from '../environment.js';
import { faultToFailure, writeFailure } from '../print.js';
import { processIo } from '../process-io.js';
import type { RunOptions } from './run-options.js';
import { type Addition, type OpenedService, runService } from './run-service.js';

/**
 * Runs the service like `flairgate serve`, together with the handlers that `add` returns.
 *
 * If the service fails, sets the exit code. Prints the failure as one line on standard error or, with the option
 * `json`, as JSON on standard output.
 *
 * @example
 * await start(
 *   { defaults: { keyFormat: 'uuid' } },
 *   async ({ service }) => ({ handlers: [rules(service)], lines: [], close }),
 * );
 */
export async function start(options: RunOptions, add: (opened: OpenedService) => Promise<Addition>): Promise<void> {
  try {
    await runService(
      options,
      await readSettings(readEnvironment(processIo.env), options.config, processIo.note),
      processIo,
      add,
    );
  } catch (error) {
    const failure = faultToFailure(error);
    writeFailure(processIo, failure, options.json === true);
    process.exitCode = failure.exit;
  }
}
