import type { Outcome } from '@flairgate/core';
import { ZodError } from 'zod';
import type { AdministrationCommand, Answer, Command, Surroundings } from './command.js';
import { createContext } from './context.js';
import { chooseDatabase, openDatabase } from './database.js';
import { type Environment, readEnvironment } from './environment.js';
import { badUsage, type Failure, faultOf, printAnswer, printFailure, refusal } from './print.js';
import { readArguments } from './program.js';

type Options = Readonly<Record<string, unknown>>;

/** Runs what the arguments ask for and gives the exit code: 0, 1 when refused or impossible, 2 for bad usage. */
export async function run(
  table: readonly Command[],
  version: string,
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const asJson = args.includes('--json');
  const fail = (failure: Failure): number => {
    printFailure(surroundings, failure, asJson);
    return failure.exit;
  };
  const request = readArguments(table, version, args);
  if (request.kind === 'bad-usage') return fail(badUsage(request.message));
  if (request.kind === 'text') {
    surroundings.out(request.text.trimEnd());
    return 0;
  }
  try {
    const { command, options } = request;
    const environment = readEnvironment(surroundings.env);
    if (command.kind === 'service') {
      await command.run(options, environment, surroundings);
      return 0;
    }
    const outcome = await administer(command, options, environment, surroundings);
    if (!outcome.allowed) return fail(refusal(outcome));
    printAnswer(surroundings, outcome.value, asJson);
    return 0;
  } catch (error) {
    return fail(error instanceof ZodError ? badUsage(usageText(error)) : faultOf(error));
  }
}

async function administer(
  command: AdministrationCommand,
  options: Options,
  environment: Environment,
  { note }: Surroundings,
): Promise<Outcome<Answer>> {
  const work = command.prepare(options);
  const database = typeof options.database === 'string' ? options.database : undefined;
  const store = await openDatabase(chooseDatabase(database, environment), environment, note);
  try {
    return await work(await createContext(store));
  } finally {
    await store.close();
  }
}

function usageText({ issues }: ZodError): string {
  return issues.map(({ path, message }) => (path.length > 0 ? `--${path.join('.')}: ${message}` : message)).join('; ');
}
