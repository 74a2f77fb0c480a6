import type { FlairgateClient } from '@flairgate/client';
import type { Outcome } from '@flairgate/core';
import type { AdministrationContext } from '@flairgate/core/administration';
import type { z } from 'zod';
import type { Settings } from './configuration/settings.js';

/**
 * One option of a command. `flags` uses the syntax of the package `commander`, such as `--name <text>` or
 * `--permission <name...>`.
 */
export interface CommandOption {
  readonly flags: string;
  readonly help: string;
  readonly required?: true;
  /** Allowed values. Absent if any value is allowed. */
  readonly choices?: readonly string[];
  /**
   * True if the command works with the uid of a user. If the value is an e-mail address, it is replaced by the uid of
   * the user before the command runs.
   *
   * @default false
   */
  readonly isUserId?: true;
}

/** A positional argument of a command. All positional arguments are optional. */
export interface CommandArgument {
  readonly name: string;
  readonly help: string;
}

/** Result of a command: a JSON object for programs, and lines for people. */
export interface Answer {
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  /** A table, printed in place of `lines`. */
  readonly table?: OutputTable;
  /** Set if the command ran and found a problem. The exit code is then 1. */
  readonly exit?: 1;
  /** Function that runs after the result was printed. It writes its messages to standard error. */
  readonly after?: () => Promise<void>;
}

/** A table of results. Its columns are aligned at a terminal, and separated by tabs in output for programs. */
export interface OutputTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Text that is printed at a terminal if there are no rows. */
  readonly empty: string;
}

/** A progress line at the terminal. */
export interface Progress {
  /** Shows how many items are done. */
  update(done: number): void;
  /** Stops and clears the progress line. */
  close(): void;
}

/** Environment and streams of the process. */
export interface ProcessIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes one line to standard output. */
  readonly out: (line: string) => void;
  /** Writes one line to standard error, for the person at the terminal. */
  readonly note: (line: string) => void;
  /** Reads standard input to its end. */
  readonly input: () => Promise<string>;
  /** True if standard output is a terminal. @default false */
  readonly isTerminal?: boolean;
  /**
   * Shows a progress line, which counts the items named by `what`. `total` is the number of all items, omitted if it is
   * unknown. The function is absent if there is no terminal.
   */
  readonly progress?: (what: string, total?: number) => Progress;
  /** Asks the person at the terminal to confirm. The function is absent if there is no terminal. */
  readonly ask?: (question: string) => Promise<boolean>;
}

/** The option `--database`, which names the database on which a command runs. */
export const databaseOption: CommandOption = {
  flags: '--database <file-or-url>',
  help: 'SQLite file or postgres://... (default: DATABASE_URL, which other users cannot see)',
};

/** The option `--user`. If its value is an e-mail address, the command gets the uid of the user with this address. */
export const userOption: CommandOption = {
  flags: '--user <user>',
  help: 'user: e-mail address or uid',
  isUserId: true,
};

/**
 * Options `--url` and `--key-file`. A command with these options can call a service over HTTP in place of opening a
 * database.
 */
export const remoteOptions: readonly CommandOption[] = [
  { flags: '--url <url>', help: 'service to call in place of a database (default: FLAIRGATE_URL)' },
  { flags: '--key-file <file>', help: 'file with your key for --url; - for standard input (default: FLAIRGATE_KEY)' },
];

/** The option `--config`, which names the configuration file. */
export const configOption: CommandOption = {
  flags: '--config <file>',
  help: 'YAML configuration file (default: FLAIRGATE_CONFIG)',
};

interface Described {
  /** Words of the command: a noun and a verb, or only a verb. */
  readonly words: readonly [string, ...string[]];
  readonly help: string;
  readonly options: readonly CommandOption[];
  readonly arguments?: readonly CommandArgument[];
  /** Schema of the options and arguments. */
  readonly input: OptionSchema;
}

/**
 * A command that works on a database. The program opens the database before the command runs, and closes it afterwards.
 */
export interface AdministrationCommand extends Described {
  readonly kind: 'administration';
  /** True if the program may create the database when it is missing. @default false */
  readonly createsDatabase?: boolean;
  /**
   * Parses the options. Returns a function that runs the command on the database.
   *
   * @throws ZodError for invalid options.
   */
  readonly prepare: (options: unknown) => (context: AdministrationContext, io: ProcessIo) => Promise<Outcome<Answer>>;
  /**
   * Runs the command on a service over HTTP. If `--org` contains the name of an organization, this name is already
   * replaced by the id. The function is absent if the service has no route for the command.
   *
   * @throws FlairgateClientError, or OptionError for an option that the routes do not support
   */
  readonly runRemote?: (options: unknown, client: FlairgateClient, io: ProcessIo) => Promise<Answer>;
}

/** A command for which the program opens no database. The command may open a database itself. */
export interface PlainCommand extends Described {
  readonly kind: 'plain';
  /** Runs the command. Throws a `ZodError` for invalid options. */
  readonly run: (options: unknown, settings: Settings, io: ProcessIo) => Promise<Outcome<Answer>>;
}

/** A command that runs until it receives a signal. */
export interface ServiceCommand extends Described {
  readonly kind: 'service';
  readonly run: (options: unknown, settings: Settings, io: ProcessIo) => Promise<void>;
}

export type Command = AdministrationCommand | PlainCommand | ServiceCommand;

/** Schema of the options of a command. The schema is strict: it refuses an unknown option, and does not ignore it. */
export type OptionSchema<S extends z.core.$ZodShape = z.core.$ZodShape> = z.ZodObject<S, z.core.$strict>;

/**
 * Options that choose where a command runs and how its result is printed. The program handles these options before the
 * command runs, so the schemas of administration commands do not contain them.
 */
const RUN_OPTIONS = ['url', 'keyFile', 'database', 'config', 'json'] as const;

/** Creates an administration command whose options are parsed with the schema `input`. */
export function administration<S extends z.core.$ZodShape>(
  described: Described & {
    readonly input: OptionSchema<S>;
    readonly createsDatabase?: boolean;
    readonly run: (
      context: AdministrationContext,
      input: z.output<OptionSchema<S>>,
      io: ProcessIo,
    ) => Promise<Outcome<Answer>>;
    /** Runs the command over HTTP. The function is absent if the service has no route for the command. */
    readonly remote?: (client: FlairgateClient, input: z.output<OptionSchema<S>>, io: ProcessIo) => Promise<Answer>;
  },
): AdministrationCommand {
  const { input, run, remote, ...rest } = described;
  const parse = (options: unknown) => input.parse(withoutOptions(options, RUN_OPTIONS));
  return {
    ...rest,
    kind: 'administration',
    input,
    prepare: (options) => {
      parse(options);
      return async (context, io) => {
        const { withIds } = await import('./resolve-names.js');
        return run(context, parse(await withIds(context, options, rest.options)), io);
      };
    },
    ...(remote === undefined ? {} : { runRemote: async (options, client, io) => remote(client, parse(options), io) }),
  };
}

/**
 * Creates a command for which the program opens no database. If the command has the option `--database` or `--config`,
 * the schema `input` must have a member for this option.
 */
export function plain<S extends z.core.$ZodShape>(
  described: Described & {
    readonly input: OptionSchema<S>;
    readonly run: (input: z.output<OptionSchema<S>>, settings: Settings, io: ProcessIo) => Promise<Outcome<Answer>>;
  },
): PlainCommand {
  const { input, run, ...rest } = described;
  return {
    ...rest,
    kind: 'plain',
    input,
    run: async (options, settings, io) => run(input.parse(withoutOptions(options, ['json'])), settings, io),
  };
}

function withoutOptions(options: unknown, names: readonly string[]): unknown {
  if (typeof options !== 'object' || options === null) return options;
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)));
}
