import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, withoutComments } from './source.ts';
import { readFiles, type SourceFile } from './tree.ts';

const maxFiles = 20;
const sources = readFiles(/^packages\/[^/]+\/src\/.*\.tsx?$/);

function resolveImport(from: string, specifier: string, known: ReadonlySet<string>): string | undefined {
  const path = posix.join(posix.dirname(from), specifier);
  return [path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx'), path].find((each) => known.has(each));
}

/** File to the files it imports, types included. */
function graphOf(files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(files.map(({ path }) => path));
  return new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .flatMap(({ specifier }) => resolveImport(path, specifier, known) ?? []),
    ]),
  );
}

/** Files that can be reached from themselves. */
function circles(files: readonly SourceFile[]): readonly string[] {
  const graph = graphOf(files);
  const reaches = (start: string): boolean => {
    const seen = new Set<string>();
    const open = [...(graph.get(start) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === start) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(graph.get(next) ?? []));
    }
    return false;
  };
  return [...graph.keys()].filter(reaches);
}

function crowded(files: readonly SourceFile[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { path } of files) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > maxFiles).map(([folder, count]) => `${folder} has ${count} files`);
}

const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|interface|type|class|const|let) ([A-Za-z_$][\w$]*)/gm;

/** Names that two files of one package export; the overloads of one function are one name. */
function exportedTwice(files: readonly SourceFile[]): readonly string[] {
  const places = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    for (const [, name] of withoutComments(text).matchAll(declaration)) {
      const key = `${path.split('/')[1]} ${name}`;
      places.set(key, (places.get(key) ?? new Set()).add(path));
    }
  }
  return [...places].filter(([, paths]) => paths.size > 1).map(([key, paths]) => `${key}: ${[...paths].join(', ')}`);
}

describe('the structure of the packages', () => {
  it('the structure of the packages is read', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect([...graphOf(sources).values()].flat().length).toBeGreaterThan(1000);
  });

  it('the structure of the packages has no circle of files, type imports counted', () => {
    expect(circles(sources)).toEqual([]);
  });

  it(`the structure of the packages has at most ${maxFiles} files in a folder`, () => {
    expect(crowded(sources)).toEqual([]);
  });

  it('the structure of the packages exports a name from one file of a package only', () => {
    expect(exportedTwice(sources)).toEqual([]);
  });
});

describe('the checks of the structure can fail', () => {
  const file = (path: string, text: string): SourceFile => ({ path: `packages/core/src/${path}`, text });

  it('the checks of the structure fail on a circle through a type', () => {
    const a = file('a.ts', "import type { B } from './b.js';");
    expect(circles([a, file('b.ts', "import { a } from './a.js';")])).toHaveLength(2);
    expect(circles([a, file('b.ts', '')])).toEqual([]);
  });

  it('the checks of the structure fail on a crowded folder', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => file(`x/${index}.ts`, ''));
    expect(crowded(many(maxFiles))).toEqual([]);
    expect(crowded(many(maxFiles + 1))).toHaveLength(1);
  });

  it('the checks of the structure fail on a name exported twice, but not on overloads', () => {
    const one = file('a.ts', 'export function f(a: string): void;\nexport function f(a: number): void;');
    expect(exportedTwice([one])).toEqual([]);
    expect(exportedTwice([one, file('b.ts', 'export const f = 1;')])).toHaveLength(1);
  });
});
