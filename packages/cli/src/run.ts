import type { ProcessIo } from './command.js';
import type { CommandTable } from './commands.js';
import { printCompletions, readArguments } from './program.js';

/**
 * Runs the command given by the arguments. Returns the exit code: 0 for success, 1 if the command was refused or
 * failed, 2 for bad usage.
 */
export async function run(
  table: CommandTable,
  version: string,
  args: readonly string[],
  io: ProcessIo,
): Promise<number> {
  if (args[0] === 'complete' && args[1] === '--') {
    await printCompletions(table, args.slice(2));
    return 0;
  }
  const request = await readArguments(table, version, args, io.env.FLAIRGATE_ORG || undefined);
  if (request.kind === 'text') {
    io.out(request.text.trimEnd());
    return 0;
  }
  // Loaded here, so that printing help does not load the libraries that commands need.
  const { reportUsageError, runCommand } = await import('./run-command.js');
  const asJson = args.includes('--json');
  return request.kind === 'command' ? runCommand(request, io, asJson) : reportUsageError(request.message, io, asJson);
}
