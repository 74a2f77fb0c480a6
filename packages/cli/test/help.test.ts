import { commands, examplesOf, loadCommands, overview, readArguments, tableLines } from 'flairgate/internal';
import { describe, expect, it } from 'vitest';
import { splitLine } from './split-line.js';

const loaded = await loadCommands(commands, Object.keys(commands));

/** Joins the lines of examples that are folded with a backslash. */
function unfolded(text: string): string {
  return text.replaceAll(/ \\\n\s+/g, ' ');
}

/** Throws if the schema of a command refuses the options. */
function assertParsed(command: (typeof loaded)[number], options: Readonly<Record<string, unknown>>): void {
  const { json: _, ...rest } = options;
  if (command.kind === 'administration') command.prepare(options);
  else command.input.parse(command.kind === 'plain' ? rest : options);
}

const words = [...new Set(loaded.map(({ words: [first] }) => first))];
const everyHelp = [[], ...words.map((word) => [word]), ...loaded.map(({ words: both }) => [...both])];

describe('every help', () => {
  it.each(everyHelp.map((args) => [args.join(' '), args]))('help of flairgate %s fits 80 columns', async (_, args) => {
    const help = await readArguments(commands, '0', [...args, '--help']);
    const text = help.kind === 'text' ? help.text : '';
    expect(text).toContain('Usage: flairgate');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toMatch(/\(default [^:]/);
  });

  it.each([[], ...words.map((word) => [word])])('the help of flairgate %s has example commands', async (...args) => {
    const help = await readArguments(commands, '0', [...args.filter((word) => word !== undefined), '--help']);
    const [, examples = ''] = (help.kind === 'text' ? unfolded(help.text) : '').split('\nExamples:\n');
    const lines = examples.split('\n').filter((line) => line.startsWith('  flairgate '));
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(await readArguments(commands, '0', splitLine(line).slice(1))).toMatchObject({ kind: 'command' });
    }
  });
});

describe('the help of every command', () => {
  it.each(loaded.map((command) => [command.words.join(' '), command] as const))(
    'the help of %s marks what is required, and has two examples that can be typed',
    async (_, command) => {
      const help = await readArguments(commands, '0', [...command.words, '--help']);
      const text = help.kind === 'text' ? unfolded(help.text) : '';
      for (const { flags, required } of command.options) {
        const [flag = ''] = flags.split(' ', 1);
        expect(text).toContain(flag);
        const described = text
          .slice(text.indexOf(`  ${flag}`))
          .split(/\n {2}-/)[0]
          ?.replaceAll(/\s+/g, ' ');
        expect(described?.includes('(required)')).toBe(required === true);
      }
      const examples = examplesOf(command);
      expect(new Set(examples).size).toBe(2);
      for (const line of examples) {
        expect(text).toContain(line);
        const { kind, ...request } = await readArguments(commands, '0', splitLine(line).slice(1));
        expect({ line, kind, request }).toMatchObject({ kind: 'command', request: { command } });
        if ('options' in request) assertParsed(command, request.options);
      }
    },
  );

  it('the help of every command has a sentence about each first word, in the order of the commands', async () => {
    expect(Object.keys(overview)).toEqual([...new Set(loaded.map(({ words: [first] }) => first))]);
    const help = await readArguments(commands, '0', []);
    const text = help.kind === 'text' ? help.text.replaceAll(/\s+/g, ' ') : '';
    for (const [word, sentence] of Object.entries(overview)) expect(text).toContain(` ${word} ${sentence}`);
  });
});

describe('a list', () => {
  const table = {
    columns: ['ID', 'NAME'],
    rows: [
      ['1', 'Acme'],
      ['22', 'a\nb'],
    ],
    empty: 'no organizations',
  };

  it('a list of the command line has a header and aligned columns at a terminal', () => {
    const lines = tableLines(table, { isTerminal: true });
    expect(lines).toEqual(['ID  NAME', '1   Acme', '22  a b']);
    expect(tableLines({ ...table, rows: [] }, { isTerminal: true })).toEqual(['no organizations']);
  });

  it('a list of the command line has tabs and nothing else elsewhere', () => {
    expect(tableLines(table, {})).toEqual(['1\tAcme', '22\ta b']);
    expect(tableLines({ ...table, rows: [] }, {})).toEqual([]);
  });
});
