import type { Outcome } from '@flairgate/core';
import { ZodError } from 'zod';
import { type AdministrationCommand, type Answer, type Command, configOption, type ProcessIo } from './command.js';
import { readSettings, type Settings, settingsWithoutFile } from './configuration/settings.js';
import { createContext } from './context.js';
import { chooseDatabase, openDatabase } from './database.js';
import { readEnvironment } from './environment.js';
import { badUsage, type Failure, faultToFailure, toFailure, writeAnswer, writeFailure } from './print.js';
import { type Request, readArguments } from './program.js';

type Options = Readonly<Record<string, unknown>>;

/** Runs the command in the arguments. Returns the exit code: 0, 1 when refused or impossible, 2 for bad usage. */
export async function run(
  table: readonly Command[],
  version: string,
  args: readonly string[],
  io: ProcessIo,
): Promise<number> {
  const asJson = args.includes('--json');
  const fail = (failure: Failure): number => {
    writeFailure(io, failure, asJson);
    return failure.exit;
  };
  const request = readArguments(table, version, args);
  if (request.kind === 'bad-usage') return fail(badUsage(request.message));
  if (request.kind === 'text') {
    io.out(request.text.trimEnd());
    return 0;
  }
  try {
    const { command, options } = request;
    const settings = settingsFor(request, io);
    if (command.kind === 'service') {
      await command.run(options, settings, io);
      return 0;
    }
    const print = async (outcome: Outcome<Answer>): Promise<number> => {
      if (!outcome.allowed) return fail(toFailure(outcome));
      writeAnswer(io, outcome.value, asJson);
      await outcome.value.after?.();
      return outcome.value.exit ?? 0;
    };
    if (command.kind === 'plain') return await print(await command.run(options, settings, io));
    return await runAdministration({ command, options }, settings, io, print);
  } catch (error) {
    return fail(error instanceof ZodError ? badUsage(usageText(error)) : faultToFailure(error));
  }
}

/** Reads the settings. A command without `--config` reads no file. */
function settingsFor({ command, options }: Extract<Request, { kind: 'command' }>, { env, note }: ProcessIo): Settings {
  const environment = readEnvironment(env);
  const readsFile = command.kind !== 'plain' || command.options.includes(configOption);
  return readsFile ? readSettings(environment, textOf(options.config), note) : settingsWithoutFile(environment);
}

async function runAdministration(
  { command, options }: { readonly command: AdministrationCommand; readonly options: Options },
  settings: Settings,
  io: ProcessIo,
  print: (outcome: Outcome<Answer>) => Promise<number>,
): Promise<number> {
  const work = command.prepare(options);
  const store = await openDatabase(
    chooseDatabase(textOf(options.database), settings),
    settings,
    io.note,
    command.createsDatabase === true ? 'any' : 'existing',
  );
  try {
    return await print(
      await work(await createContext(store, settings.configuration, settings.FLAIRGATE_KEY_FORMAT), io),
    );
  } finally {
    await store.close();
  }
}

function textOf(given: unknown): string | undefined {
  return typeof given === 'string' ? given : undefined;
}

function usageText({ issues }: ZodError): string {
  return issues.map(({ path, message }) => (path.length > 0 ? `${optionName(path)}: ${message}` : message)).join('; ');
}

/** Returns an option as it is written on the command line. The place in a list is left out. */
function optionName([name]: readonly PropertyKey[]): string {
  return `--${String(name).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
