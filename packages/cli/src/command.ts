import type { FlairgateClient } from '@flairgate/client';
import type { Outcome } from '@flairgate/core';
import type { AdministrationContext } from '@flairgate/core/administration';
import type { z } from 'zod';
import type { Settings } from './configuration/settings.js';

/** One option of a command, as commander writes it: `--name <text>`, `--permission <name...>`. */
export interface CommandOption {
  readonly flags: string;
  readonly help: string;
  readonly required?: true;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  /** True if the command needs the uid of the user, and an e-mail address is looked up. @default false */
  readonly isUserId?: true;
}

/** A word after the command that is no option. Each may be left out. */
export interface CommandArgument {
  readonly name: string;
  readonly help: string;
}

/** Answer of a command: its JSON object, and lines for people. */
export interface Answer {
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  /** A list, in place of lines. */
  readonly table?: OutputTable;
  /** Exit code if it is not 0: the command ran and found a problem. */
  readonly exit?: 1;
  /** Runs after the answer was printed. Its messages are written to standard error. */
  readonly after?: () => Promise<void>;
}

/** A list for people, and for programs that read tabs. */
export interface OutputTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Text at a terminal if there are no rows. */
  readonly empty: string;
}

/** A line at the terminal that shows how far a command is. */
export interface Progress {
  /** Shows how many of the total are done. */
  update(done: number): void;
  /** Ends the line. */
  close(): void;
}

/** Environment and streams of the process. */
export interface ProcessIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes one line for the program that reads this one. */
  readonly out: (line: string) => void;
  /** Writes one line for the person at the terminal. */
  readonly note: (line: string) => void;
  /** Reads standard input to its end. */
  readonly input: () => Promise<string>;
  /** True if standard output is a terminal. @default false */
  readonly isTerminal?: boolean;
  /** Shows how far a long command is, to the person at the terminal. Absent if there is none. The total may be unknown. */
  readonly progress?: (what: string, total?: number) => Progress;
  /** Asks the person at the terminal. Absent if there is none. */
  readonly ask?: (question: string) => Promise<boolean>;
}

/** Option for the database, for commands that open it themselves. */
export const databaseOption: CommandOption = {
  flags: '--database <file-or-url>',
  help: 'SQLite file or postgres://... (default: DATABASE_URL, which other users cannot see)',
};

/** Option for a user whose uid the command needs. */
export const userOption: CommandOption = {
  flags: '--user <user>',
  help: 'user: e-mail address or uid',
  isUserId: true,
};

/** Options of commands that can run over HTTP. */
export const remoteOptions: readonly CommandOption[] = [
  { flags: '--url <url>', help: 'service to call in place of a database (default: FLAIRGATE_URL)' },
  { flags: '--key-file <file>', help: 'file with your key for --url; - for standard input (default: FLAIRGATE_KEY)' },
];

/** Option for the configuration file. */
export const configOption: CommandOption = {
  flags: '--config <file>',
  help: 'YAML configuration file (default: FLAIRGATE_CONFIG)',
};

interface Described {
  /** Noun and verb, or a verb alone. */
  readonly words: readonly [string, ...string[]];
  readonly help: string;
  readonly options: readonly CommandOption[];
  readonly arguments?: readonly CommandArgument[];
}

/** A command on the rows of a database: opened before it, closed after it. */
export interface AdministrationCommand extends Described {
  readonly kind: 'administration';
  /** True if it creates a database where there is none. @default false */
  readonly createsDatabase?: boolean;
  /** Parses the options and returns the function to run on the database. @throws ZodError on bad usage. */
  readonly prepare: (options: unknown) => (context: AdministrationContext, io: ProcessIo) => Promise<Outcome<Answer>>;
  /**
   * Runs on a service over HTTP, by the options with ids in place of names. Absent if no route does it.
   *
   * @throws FlairgateClientError, or OptionError for an option that no route has
   */
  readonly runRemote?: (options: unknown, client: FlairgateClient, io: ProcessIo) => Promise<Answer>;
}

/** A command that no database is opened for. */
export interface PlainCommand extends Described {
  readonly kind: 'plain';
  /** Throws a `ZodError` on bad usage. */
  readonly run: (options: unknown, settings: Settings, io: ProcessIo) => Promise<Outcome<Answer>>;
}

/** A command that runs until it receives a signal. */
export interface ServiceCommand extends Described {
  readonly kind: 'service';
  readonly run: (options: unknown, settings: Settings, io: ProcessIo) => Promise<void>;
}

export type Command = AdministrationCommand | PlainCommand | ServiceCommand;

/** Describes an administration command whose options have the shape of `input`. */
export function administration<I>(
  described: Described & {
    readonly input: z.ZodType<I>;
    readonly createsDatabase?: boolean;
    readonly run: (context: AdministrationContext, input: I, io: ProcessIo) => Promise<Outcome<Answer>>;
    /** Does the same over HTTP. Absent if no route does it. */
    readonly remote?: (client: FlairgateClient, input: I, io: ProcessIo) => Promise<Answer>;
  },
): AdministrationCommand {
  const { input, run, remote, ...rest } = described;
  return {
    ...rest,
    kind: 'administration',
    prepare: (options) => {
      input.parse(options);
      return async (context, io) => {
        const { withIds } = await import('./resolve-names.js');
        return run(context, input.parse(await withIds(context, options, rest.options)), io);
      };
    },
    ...(remote === undefined
      ? {}
      : { runRemote: async (options, client, io) => remote(client, input.parse(options), io) }),
  };
}
