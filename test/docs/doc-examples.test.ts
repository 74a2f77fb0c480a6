import { beforeAll, describe, expect, it } from 'vitest';
import { declarationOf } from './example-context.ts';
import { examplesBefore, listPublicFunctions, type PublicFunction } from './public-functions.ts';
import { type Example, typeErrors } from './type-check.ts';

let functions: readonly PublicFunction[] = [];
/** The names that each entry exports. */
let entries: ReadonlyMap<string, readonly string[]> = new Map();

beforeAll(async () => {
  functions = await listPublicFunctions();
  const names = [...new Set(functions.map(({ entry }) => entry))];
  const modules = names.map(async (entry) => [entry, Object.keys(await import(/* @vite-ignore */ entry))] as const);
  entries = new Map(await Promise.all(modules));
});

/** Names that code uses, and names that it declares itself. Texts and comments count for nothing. */
function namesIn(code: string): { readonly used: readonly string[]; readonly declared: ReadonlySet<string> } {
  const bare = code.replace(/\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|\.{3}/g, ' ');
  const used = [...bare.matchAll(/(?<![.\w$])[A-Za-z_$][\w$]*/g)].map(([name]) => name);
  const declared = [...bare.matchAll(/\bconst (\w+|[[{][^=(]*?[\]}]) (?:=|of)/g)].flatMap(
    ([, names = '']) => names.match(/\w+(?!\w*:)/g) ?? [],
  );
  const caught = [...bare.matchAll(/catch \((\w+)\)/g)].map(([, name = '']) => name);
  return { used: [...new Set(used)], declared: new Set([...declared, ...caught]) };
}

/** The entry to import a name from: that of the documented function, or else the first that has it. */
function entryOf(name: string, preferred: string): string | undefined {
  if (entries.get(preferred)?.includes(name) === true) return preferred;
  return [...entries].find(([, names]) => names.includes(name))?.[0];
}

/** Makes a module of an example: imports what is public, and declares what the example does not explain. */
function toModule(code: string, { file = '', entry }: PublicFunction): string {
  const { used, declared } = namesIn(code);
  const lines = used
    .filter((name) => !declared.has(name))
    .flatMap((name) => {
      const from = entryOf(name, entry);
      return declarationOf(name, file) ?? (from === undefined ? [] : `import { ${name} } from '${from}';`);
    });
  return [...lines, code].join('\n');
}

function modulesOf(documented: PublicFunction): readonly Example[] {
  const { name, examples } = documented;
  return examples.map((code, index) => ({ name: `${name}-${index + 1}.ts`, source: toModule(code, documented) }));
}

describe('the examples of public functions', () => {
  it('the examples of public functions are there for every function and class of every entry', () => {
    expect(functions.length).toBeGreaterThan(150);
    expect(
      functions.filter(({ examples }) => examples.length === 0).map(({ name, entry }) => `${entry} ${name}`),
    ).toEqual([]);
  });

  it('the examples of public functions call what they document', () => {
    const silent = functions.filter(({ name, examples }) => !examples.some((code) => code.includes(name)));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('the examples of public functions compile', () => {
    expect(typeErrors('doc-examples', functions.flatMap(modulesOf))).toBe('');
  }, 60_000);
});

describe('the checks of examples can fail', () => {
  it('the checks of examples fail on an example that does not compile', () => {
    const wrong = { name: 'deny', entry: '@flairgate/core', file: '', examples: ["deny('ERR_NOTHING');"] };
    expect(typeErrors('doc-examples-wrong', modulesOf(wrong))).toContain('ERR_NOTHING');
  }, 60_000);

  it('the checks of examples fail on a doc comment without an example, and read each of several', () => {
    expect(examplesBefore('/** Returns one. */\n')).toEqual([]);
    const two =
      '/**\n * Returns one.\n *\n * @example\n * one();\n *\n * @throws never\n * @example\n * one(1);\n */\n';
    expect(examplesBefore(two)).toEqual(['one();', 'one(1);']);
    expect(examplesBefore(`${two}const x = 1;\n`)).toEqual([]);
  });
});
