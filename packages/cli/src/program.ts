import { Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Command, type CommandOption, configOption, databaseOption } from './command.js';

/** Request in the arguments. */
export type Request =
  | { readonly kind: 'command'; readonly command: Command; readonly options: Readonly<Record<string, unknown>> }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bad-usage'; readonly message: string };

const JSON_OPTION: CommandOption = { flags: '--json', help: 'print one JSON object on one line' };

/** Parses the arguments with the table of commands. Runs nothing. */
export function readArguments(table: readonly Command[], version: string, args: readonly string[]): Request {
  if (args.every((argument) => argument === '--json')) {
    return { kind: 'bad-usage', message: missingCommand(table, args) };
  }
  let request: Request | undefined;
  const text: string[] = [];
  const program = new Commander('flairgate');
  program
    .version(version)
    .exitOverride()
    .addHelpText('after', `\n${overview(table)}`);
  program.configureOutput({ writeOut: (part) => void text.push(part), writeErr: () => undefined });
  for (const command of table) {
    addCommand(program, command, (options) => {
      request = { kind: 'command', command, options };
    });
  }
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text: text.join('') };
    if (error.code === 'commander.help') return { kind: 'bad-usage', message: missingCommand(table, args) };
    return { kind: 'bad-usage', message: error.message.replace(/^error: /, '') };
  }
  return request ?? { kind: 'bad-usage', message: missingCommand(table, args) };
}

function overview(table: readonly Command[]): string {
  const width = Math.max(...table.map(({ words }) => words.join(' ').length));
  const lines = table.map(({ words, help }) => `  flairgate ${words.join(' ').padEnd(width)}  ${help}`);
  return ['All commands:', ...lines, '', '`flairgate <command> --help` names the options of one.'].join('\n');
}

function addCommand(program: Commander, command: Command, chosen: (options: Record<string, unknown>) => void): void {
  const [first, second] = command.words;
  const parent = second === undefined ? program : nounOf(program, first);
  const verb = parent.command(second ?? first).description(command.help);
  const places = command.kind === 'plain' ? [] : [databaseOption, configOption];
  const options = [...command.options, ...places, JSON_OPTION];
  const names = options.map(({ flags }) => flags.split(' ', 1).join());
  for (const option of options) verb.addOption(optionOf(option, names));
  const words = command.arguments ?? [];
  for (const { name, help } of words) verb.argument(`[${name}]`, help);
  verb.action((...given: unknown[]) => {
    chosen({ ...verb.opts(), ...Object.fromEntries(words.map(({ name }, index) => [name, given[index]])) });
  });
}

function nounOf(program: Commander, noun: string): Commander {
  return (
    program.commands.find((command) => command.name() === noun) ??
    program.command(noun).description(`${noun} commands`).allowUnknownOption()
  );
}

function optionOf({ flags, help, required, choices = [] }: CommandOption, names: readonly string[]): Option {
  const option = new Option(flags, choices.length === 0 ? help : `${help} (${choices.join(', ')})`);
  const takesOne = option.required && !option.variadic;
  if (takesOne) option.argParser(oneValue(choices, names));
  return option.makeOptionMandatory(required === true);
}

/**
 * Returns a parser of one value out of the choices, if there are any. It refuses a second value, which would otherwise
 * replace the first, and the name of an option, which means that the value is missing.
 */
function oneValue(choices: readonly string[], names: readonly string[]): (value: string) => string {
  let seen = false;
  return (value) => {
    if (seen) throw new InvalidArgumentError('Give it once.');
    seen = true;
    if (names.includes(value)) throw new InvalidArgumentError('The value is missing.');
    if (choices.length > 0 && !choices.includes(value)) {
      throw new InvalidArgumentError(`Write ${choices.join(' or ')}.`);
    }
    return value;
  };
}

function missingCommand(table: readonly Command[], args: readonly string[]): string {
  const noun = table.filter(({ words }) => words.length > 1 && words[0] === args[0]);
  const names = (noun.length > 0 ? noun : table).map(({ words }) => words.join(' '));
  return `name a command: ${[...new Set(names)].join(', ')}`;
}
