import { Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Command, type CommandOption, configOption, databaseOption, remoteOptions } from './command.js';
import { type CommandTable, loadCommands } from './commands.js';
import { exampleText, nounExampleText, overviewExampleText } from './help/examples.js';
import { listedText } from './help/listed-text.js';
import { aboutWord } from './help/overview.js';

/** Result of parsing the arguments: a command to run, a text to print, or an error in the arguments. */
export type Request =
  | { readonly kind: 'command'; readonly command: Command; readonly options: Readonly<Record<string, unknown>> }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bad-usage'; readonly message: string };

const JSON_OPTION: CommandOption = { flags: '--json', help: 'print one JSON object on one line' };

/** Parses the arguments with the command table. Runs no command. `organization` is the default for `--org`. */
export async function readArguments(
  table: CommandTable,
  version: string,
  given: readonly string[],
  organization?: string,
): Promise<Request> {
  const names = Object.keys(table);
  const args = withHelpOption(names, given);
  if (given.length > 0 && given.every((argument) => argument === '--json')) {
    return { kind: 'bad-usage', message: missingCommand(names, given) };
  }
  let request: Request | undefined;
  const text: string[] = [];
  const program = await createProgram(table, args, {
    version,
    onCommand(command, options) {
      request = { kind: 'command', command, options: withOrganization(command, options, organization) };
    },
    writeOut: (part) => void text.push(part),
  });
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text: text.join('') };
    if (error.code === 'commander.help') return { kind: 'bad-usage', message: missingCommand(names, args) };
    return { kind: 'bad-usage', message: error.message.replace(/^error: /, '') };
  }
  if (request?.kind !== 'command') return { kind: 'bad-usage', message: missingCommand(names, args) };
  const missing = request.command.options.find(({ flags, required }) => required && !isGiven(flags, request));
  return missing === undefined
    ? request
    : { kind: 'bad-usage', message: `required option '${missing.flags}' not specified` };
}

/** The version that the parser prints, and the functions that receive what the parser finds or prints. */
interface ProgramOutput {
  readonly version: string;
  /** Called with the command that the arguments name. */
  readonly onCommand: (command: Command, options: Record<string, unknown>) => void;
  /** Called with each part of a help text. */
  readonly writeOut: (part: string) => void;
}

/**
 * Creates the argument parser. Loads only the commands that the arguments name. Of all other commands, the parser knows
 * only the names.
 */
async function createProgram(
  table: CommandTable,
  args: readonly string[],
  { version, onCommand, writeOut }: ProgramOutput,
): Promise<Commander> {
  const names = Object.keys(table);
  const needed = neededCommands(names, args);
  const loaded = new Map(needed.map((name, index) => [name, index]));
  const commands = await loadCommands(table, needed);
  const program = new Commander('flairgate').description('Manages the keys of a Flairgate database, and serves it.');
  program
    .version(version)
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      `\n${overviewExampleText()}\n\n\`flairgate <command> --help\` explains a command and its options.`,
    )
    // Must be set before commands are added, because they copy these settings when added.
    .configureOutput({ writeOut, writeErr: () => undefined });
  for (const name of names) {
    const command = commands[loaded.get(name) ?? -1];
    if (command === undefined) addWords(program, name);
    else addCommand(program, command, (options) => onCommand(command, options));
  }
  const [
    {
      words: [noun, verb],
    } = { words: [] },
  ] = commands;
  if (noun !== undefined && verb !== undefined) {
    nounOf(program, noun).addHelpText('after', `\n${nounExampleText(commands)}`);
  }
  return program;
}

/**
 * Returns the names of the commands to load. If the arguments name a command, such as `key create`, returns only this
 * name. If the arguments contain only a noun, such as `key`, returns the names of all commands with this noun.
 */
function neededCommands(names: readonly string[], args: readonly string[]): readonly string[] {
  const exact = names.find((name) => name === args[0] || name === `${args[0]} ${args[1]}`);
  if (exact !== undefined) return [exact];
  const word = args.find((argument) => !argument.startsWith('-'));
  return names.filter((name) => name.split(' ', 1)[0] === word);
}

/** Prints the shell completions for the words, in the format that the script of `flairgate completion` reads. */
export async function printCompletions(table: CommandTable, words: readonly string[]): Promise<void> {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const ignore = () => undefined;
  tab(await createProgram(table, words, { version: '', onCommand: ignore, writeOut: ignore })).parse([...words]);
}

/**
 * Options that can be given in place of `--org`. If one of them is given, the default organization is not added, unless
 * the command requires `--org`.
 */
const INSTEAD_OF_ORGANIZATION = ['user', 'lines', 'allOrgs'];

function withOrganization(
  { options: declared }: Command,
  options: Readonly<Record<string, unknown>>,
  organization: string | undefined,
): Readonly<Record<string, unknown>> {
  const org = declared.find(({ flags }) => /^--org </.test(flags));
  if (org === undefined || organization === undefined || options.org !== undefined) return options;
  const isAbout = !org.required && INSTEAD_OF_ORGANIZATION.some((name) => options[name] !== undefined);
  return isAbout || /[.]{3}>/.test(org.flags) ? options : { ...options, org: organization };
}

/**
 * Adds the option `--help` to arguments that ask for help in another way: `help key create`, `flairgate key`, or no
 * arguments at all.
 */
function withHelpOption(names: readonly string[], args: readonly string[]): readonly string[] {
  if (args[0] === 'help') return [...args.slice(1), '--help'];
  const isNoun = args.length === 1 && names.some((name) => name.startsWith(`${args[0]} `));
  return args.length === 0 || isNoun ? [...args, '--help'] : args;
}

function isGiven(flags: string, request: Request | undefined): boolean {
  return request?.kind === 'command' && request.options[new Option(flags).attributeName()] !== undefined;
}

/**
 * Adds only the name of a command to the parser, without loading the command. The overview and the suggestions after a
 * misspelling need the name.
 */
function addWords(program: Commander, name: string): void {
  const [first = '', second] = name.split(' ');
  if (second === undefined) program.command(first).description(aboutWord(first));
  else nounOf(program, first).command(second);
}

function addCommand(program: Commander, command: Command, chosen: (options: Record<string, unknown>) => void): void {
  const [first, second] = command.words;
  const parent = second === undefined ? program : nounOf(program, first);
  const verb = parent.command(second ?? first).description(command.help);
  const options = [...command.options, ...placeOptions(command), JSON_OPTION];
  const names = options.map(({ flags }) => flags.split(' ', 1).join());
  for (const option of options) verb.addOption(optionOf(option, names));
  const earlier = names.includes('--user') ? EARLIER_USER_OPTIONS : [];
  for (const name of earlier) {
    const others = ['user', ...earlier.filter((other) => other !== name)];
    verb.addOption(new Option(`--${name} <user>`).argParser(parserOfOne([], names)).conflicts(others).hideHelp());
  }
  const words = command.arguments ?? [];
  for (const { name, help } of words) verb.argument(`[${name}]`, help);
  verb.addHelpText('after', `\n${exampleText(command)}`);
  verb.action((...given: unknown[]) => {
    const options = withUser(verb.opts(), earlier);
    chosen({ ...options, ...Object.fromEntries(words.map(({ name }, index) => [name, given[index]])) });
  });
}

/**
 * Earlier names of the option `--user`: `--uid` for a uid, and `--email` for an e-mail address. Both still work,
 * because scripts use them.
 */
const EARLIER_USER_OPTIONS = ['uid', 'email'] as const;

function withUser(given: Readonly<Record<string, unknown>>, earlier: readonly string[]): Record<string, unknown> {
  const name = earlier.find((each) => given[each] !== undefined);
  if (name === undefined) return { ...given };
  const { [name]: user, ...rest } = given;
  return { ...rest, user };
}

/** Returns the options that select the database or service on which a command runs, and the configuration file. */
function placeOptions(command: Command): readonly CommandOption[] {
  if (command.kind === 'plain') return [];
  const isRemote = command.kind === 'administration' && command.runRemote !== undefined;
  return [...(isRemote ? remoteOptions : []), databaseOption, configOption];
}

function nounOf(program: Commander, noun: string): Commander {
  return (
    program.commands.find((command) => command.name() === noun) ??
    program.command(noun).description(aboutWord(noun)).helpCommand(false).allowUnknownOption()
  );
}

function optionOf({ flags, help, required, choices = [] }: CommandOption, names: readonly string[]): Option {
  const option = new Option(flags, required ? `${help} (required)` : help);
  if (choices.length > 0) option.choices(choices);
  if (option.variadic) option.argParser(parserOfMany(choices, WITH_COMMAS.test(flags)));
  else if (option.required) option.argParser(parserOfOne(choices, names));
  return option;
}

/**
 * Matches options that accept several values separated by commas. A single value of these options never contains a
 * comma.
 */
const WITH_COMMAS = /^--(?:permission|range) /;

/**
 * Returns a parser for an option that can be repeated. With `withCommas`, one value may also contain several values
 * separated by commas.
 */
function parserOfMany(
  choices: readonly string[],
  withCommas: boolean,
): (value: string, before: readonly string[] | undefined) => readonly string[] {
  return (value, before = []) => {
    const values = withCommas ? value.split(',').map((part) => part.trim()) : [value];
    return [...before, ...values.map((each) => chosenOf(choices, each))];
  };
}

/**
 * Returns a parser for an option with one value. If `choices` is not empty, the value must be one of them.
 *
 * The parser refuses a second value, because the second value would silently replace the first. The parser also refuses
 * the name of an option as the value, because the real value is then missing.
 */
function parserOfOne(choices: readonly string[], names: readonly string[]): (value: string) => string {
  let seen = false;
  return (value) => {
    if (seen) throw new InvalidArgumentError('It must be given once.');
    seen = true;
    if (names.includes(value)) throw new InvalidArgumentError('Its value is missing.');
    return chosenOf(choices, value);
  };
}

/**
 * Returns the choice that equals the value, ignoring letter case. Returns the value unchanged if there are no choices.
 */
function chosenOf(choices: readonly string[], value: string): string {
  if (choices.length === 0) return value;
  const found = choices.find((choice) => choice.toLowerCase() === value.toLowerCase());
  if (found === undefined) throw new InvalidArgumentError(`It must be ${listedText(choices)}.`);
  return found;
}

function missingCommand(names: readonly string[], args: readonly string[]): string {
  const ofNoun = names.filter((name) => name.startsWith(`${args[0]} `));
  return `name a command: ${(ofNoun.length > 0 ? ofNoun : names).join(', ')}`;
}
