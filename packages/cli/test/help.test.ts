import { commands, examplesOf, nouns, readArguments, tableLines } from 'flairgate/internal';
import { describe, expect, it } from 'vitest';

/** Splits a line as a shell would, as far as examples need it. */
function split(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

describe('the help of every command', () => {
  it.each(commands.map((command) => [command.words.join(' '), command] as const))(
    'of %s marks what is required, and has two examples that can be typed',
    (_, command) => {
      const help = readArguments(commands, '0', [...command.words, '--help']);
      const text = help.kind === 'text' ? help.text : '';
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
        const { kind, ...request } = readArguments(commands, '0', split(line).slice(1));
        expect({ line, kind, request }).toMatchObject({ kind: 'command', request: { command } });
        if ('options' in request && command.kind === 'administration') command.prepare(request.options);
      }
    },
  );

  it('has a sentence about each noun', () => {
    const used = new Set(commands.filter(({ words }) => words.length > 1).map(({ words }) => words[0]));
    expect([...used].sort()).toEqual(Object.keys(nouns).sort());
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

  it('has a header and aligned columns at a terminal', () => {
    const lines = tableLines(table, { isTerminal: true });
    expect(lines).toEqual(['ID  NAME', '1   Acme', '22  a b']);
    expect(tableLines({ ...table, rows: [] }, { isTerminal: true })).toEqual(['no organizations']);
  });

  it('has tabs and nothing else elsewhere', () => {
    expect(tableLines(table, {})).toEqual(['1\tAcme', '22\ta b']);
    expect(tableLines({ ...table, rows: [] }, {})).toEqual([]);
  });
});
