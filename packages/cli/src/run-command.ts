import { allow, OptionError, type Outcome } from '@flairgate/core';
import { ZodError } from 'zod';
import { type AdministrationCommand, type Answer, configOption, type ProcessIo } from './command.js';
import { readSettings, type Settings, settingsWithoutFile } from './configuration/settings.js';
import { createContext } from './context.js';
import { chooseDatabase, openDatabase } from './database.js';
import { type Environment, readEnvironment } from './environment.js';
import {
  badUsage,
  type Failure,
  faultToFailure,
  OTHER_SERVICE,
  toFailure,
  writeAnswer,
  writeFailure,
} from './print.js';
import type { Request } from './program.js';
import { organizationIdAt } from './remote/remote-names.js';
import { flagOf } from './remote/remote-options.js';
import { chooseService, createServiceClient } from './remote/service-client.js';
import { type GivenOptions, withOrganizationId } from './resolve-names.js';

type CommandRequest = Extract<Request, { kind: 'command' }>;

/** Prints a message about invalid arguments. Returns the exit code. */
export function reportUsageError(message: string, io: ProcessIo, asJson: boolean): number {
  return fail(badUsage(message), io, asJson);
}

/** Runs a command and prints the result or failure. Returns the exit code. */
export async function runCommand(request: CommandRequest, io: ProcessIo, asJson: boolean): Promise<number> {
  try {
    const { command, options } = request;
    const print = async (outcome: Outcome<Answer>): Promise<number> => {
      if (!outcome.allowed) return fail(toFailure(outcome), io, asJson);
      writeAnswer(io, outcome.value, asJson);
      await outcome.value.after?.();
      return outcome.value.exit ?? 0;
    };
    noteVisiblePassword(options.database, io);
    const environment = readEnvironment(io.env);
    const url = command.kind === 'administration' ? chooseService(options, environment) : undefined;
    if (command.kind === 'administration' && url !== undefined) {
      return await print(await runRemote({ command, options }, url, environment, io));
    }
    const settings = await settingsFor(request, environment, io);
    if (command.kind === 'service') {
      await command.run(options, settings, io);
      return 0;
    }
    if (command.kind === 'plain') return await print(await command.run(options, settings, io));
    return await runAdministration({ command, options }, settings, io, print);
  } catch (error) {
    return fail(error instanceof ZodError ? badUsage(usageText(error)) : faultToFailure(error), io, asJson);
  }
}

function fail(failure: Failure, io: ProcessIo, asJson: boolean): number {
  writeFailure(io, failure, asJson);
  return failure.exit;
}

/** Warns if the option `--database` contains a password, because other users of the machine can see the arguments. */
function noteVisiblePassword(database: unknown, { note }: ProcessIo): void {
  if (typeof database !== 'string' || !/^postgres(ql)?:/.test(database) || !URL.canParse(database)) return;
  if (new URL(database).password === '') return;
  note(
    '--database: its password is visible to other users of this machine, for example by ps; give it in DATABASE_URL',
  );
}

/** Reads the settings. The configuration file is read only for a command that has the option `--config`. */
async function settingsFor(
  { command, options }: CommandRequest,
  environment: Environment,
  { note }: ProcessIo,
): Promise<Settings> {
  const readsFile = command.kind !== 'plain' || command.options.includes(configOption);
  return readsFile ? readSettings(environment, textOption(options.config), note) : settingsWithoutFile(environment);
}

/** Runs a command on a service, with the rights of the given key. */
async function runRemote(
  { command, options }: AdministrationRequest,
  url: string,
  environment: Environment,
  io: ProcessIo,
): Promise<Outcome<Answer>> {
  if (command.runRemote === undefined) {
    throw new OptionError(`${command.words.join(' ')}: has no route; name the database with --database`);
  }
  // Called only to check the options before anything is sent.
  command.prepare(options);
  const client = await createServiceClient(url, options, environment, io);
  try {
    const named = await withOrganizationId(options, (name) => organizationIdAt(client, name));
    const answer = await command.runRemote(named, client, io);
    if (Object.values(answer.json).includes(undefined)) throw new TypeError('a member is missing');
    return allow(answer);
  } catch (error) {
    // The response lacks a member that every response of a Flairgate service contains.
    if (error instanceof TypeError) throw new OptionError(OTHER_SERVICE, { cause: error });
    throw error;
  }
}

interface AdministrationRequest {
  readonly command: AdministrationCommand;
  readonly options: GivenOptions;
}

async function runAdministration(
  { command, options }: AdministrationRequest,
  settings: Settings,
  io: ProcessIo,
  print: (outcome: Outcome<Answer>) => Promise<number>,
): Promise<number> {
  const work = command.prepare(options);
  const store = await openDatabase(
    chooseDatabase(textOption(options.database), settings),
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

function textOption(given: unknown): string | undefined {
  return typeof given === 'string' ? given : undefined;
}

function usageText({ issues }: ZodError): string {
  return issues
    .map(({ path, message }) => (path.length > 0 ? `${flagOf(String(path[0]))}: ${message}` : message))
    .join('; ');
}
