import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bare, readPage, rowsUnder, sectionOf } from '../docs/tables.ts';

const PAGE = 'CHANGELOG.md';
const PACKAGES = new URL('../../packages/', import.meta.url);
/** Entries that promise nothing, which the totals leave out. */
const INTERNAL = /\/internal$/;

interface Names {
  readonly runtime: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

interface Entry {
  readonly name: string;
  readonly module: URL;
  readonly declarations: URL;
}

/** Entry of `exports`. That of `package.json` itself is a string. */
type Target = string | { readonly default: string; readonly types: { readonly default: string } };

function readEntries(folder: string): readonly Entry[] {
  const own = new URL(`${folder}/`, PACKAGES);
  const { name, exports }: { name: string; exports: Readonly<Record<string, Target>> } = JSON.parse(
    readFileSync(new URL('package.json', own), 'utf8'),
  );
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            name: `${name}${path.slice(1)}`,
            module: new URL(target.default, own),
            declarations: new URL(target.types.default, own),
          },
        ],
  );
}

const entries = readdirSync(PACKAGES).flatMap(readEntries);

/** The names that a compiler and Node find on an entry. */
async function namesOn({ module, declarations }: Entry): Promise<Names> {
  const found: Readonly<Record<string, unknown>> = await import(/* @vite-ignore */ module.href);
  const text = readFileSync(declarations, 'utf8');
  const listed = [...text.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, all, list = '']) =>
    list
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '' && (all !== undefined || item.startsWith('type ')))
      .map((item) => item.replace(/^type /, '').replace(/^.* as /, '')),
  );
  const declared = [...text.matchAll(/^export (?:declare )?(?:interface|type) (\w+)/gm)].map(([, name = '']) => name);
  return { runtime: new Set(Object.keys(found)), types: new Set([...listed, ...declared]) };
}

/** The names of the lists under a heading, for each entry that the last `on` or `to` of an item names. */
function listedUnder(heading: string, mark: string): ReadonlyMap<string, Names> {
  const items = (sectionOf(PAGE, heading) ?? '').split(/^- /m).slice(1);
  return new Map(
    items.flatMap((item) => {
      const head = new RegExp(`^(?:.*?\\s)?${mark} \`([^\`]+)\`:`, 's').exec(item);
      if (head === null) return [];
      const [runtime = '', types = ''] = item.slice(head[0].length).split(/\btypes\s/);
      const quoted = (text: string) => new Set([...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
      return [[head[1] ?? '', { runtime: quoted(runtime), types: quoted(types) }] as const];
    }),
  );
}

const lists = [
  listedUnder('Moved, with the same name', 'to'),
  listedUnder('#### Added', 'on'),
  listedUnder('Unchanged', 'on'),
];
const renamed = rowsUnder(PAGE, 'Renamed').map((cells) => ({ name: bare(cells[2]), entry: bare(cells[3]) }));

/** Names that the lists have of an entry and the entry has not, or the other way round. */
function differences(entry: string, { runtime, types }: Names): readonly string[] {
  const given = lists.flatMap((list) => list.get(entry) ?? []);
  const also = renamed.filter((row) => row.entry === entry).map(({ name }) => name);
  const written = new Set([...given.flatMap((each) => [...each.runtime, ...each.types]), ...also]);
  const has = (name: string) => runtime.has(name) || types.has(name);
  return [
    ...[...runtime, ...types].filter((name) => !written.has(name)).map((name) => `missing: ${name}`),
    ...[...written].filter((name) => !has(name)).map((name) => `gone: ${name}`),
    ...given.flatMap((each) => [...each.types].filter((name) => !types.has(name)).map((name) => `no type: ${name}`)),
    ...given.flatMap((each) =>
      [...each.runtime].filter((name) => has(name) && !runtime.has(name)).map((name) => `a type: ${name}`),
    ),
  ];
}

const table = new Map(
  rowsUnder(PAGE, 'Public names before and after').map((cells) => [bare(cells[0]), cells] as const),
);

describe(`${PAGE}, public names`, () => {
  it(`${PAGE} has every entry, and no other`, () => {
    expect(entries.length).toBeGreaterThan(20);
    expect([...table.keys()].sort()).toEqual(entries.map(({ name }) => name).sort());
  });

  it.each(entries)(`${PAGE} lists every public name of $name, and no other`, async (entry) => {
    const names = await namesOn(entry);
    expect(differences(entry.name, names)).toEqual([]);
    const [, , runtime, , types] = table.get(entry.name) ?? [];
    expect([runtime, types]).toEqual([`${names.runtime.size}`, `${names.types.size}`]);
  });

  it(`${PAGE} has the sum of the public names`, async () => {
    const all = await Promise.all(entries.filter(({ name }) => !INTERNAL.test(name)).map(namesOn));
    const sum = (part: keyof Names) => all.reduce((total, names) => total + names[part].size, 0);
    expect(readPage(PAGE)).toContain(`now they have ${sum('runtime')} and ${sum('types')}`);
  });

  it('a name that no list has is found, and one that no entry has', () => {
    const names = { runtime: new Set(['invented']), types: new Set<string>() };
    expect(differences('@flairgate/console', names)).toEqual([
      'missing: invented',
      'gone: docsFolder',
      'gone: consoleFolder',
    ]);
  });
});
