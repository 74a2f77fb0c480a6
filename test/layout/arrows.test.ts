import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrows, driversOfStores, nodeForCore } from './arrows.ts';
import { importsOf } from './source.ts';
import { readFiles, root, type SourceFile, shippedCode } from './tree.ts';

const files = readFiles(shippedCode);
/** Compares the migrated tables with the columns of the queries, which no other code uses. */
const MIGRATIONS = 'packages/stores/test/sql/migrate.test.ts';
const tests = readFiles(/^(packages\/[^/]+\/test|test)\/.*\.tsx?$/).filter(({ path }) => path !== MIGRATIONS);

/** Names each import of another package of ours that the table does not allow. */
function strayArrows({ path, text }: SourceFile): readonly string[] {
  const folder = /^packages\/([^/]+)\/src\//.exec(path)?.[1];
  const arrow = folder === undefined ? undefined : arrows[folder];
  if (arrow === undefined) return folder === undefined ? [] : [`${path}: packages/${folder} is not in the table`];
  const stray = importsOf(text).filter(({ specifier, typeOnly }) => {
    const target = packageFolder(specifier);
    if (target === undefined) return false;
    return !arrow.mayImport.includes(target) && !(typeOnly && arrow.typesOf?.includes(target));
  });
  return stray.map(({ specifier }) => `${path} imports ${specifier}`);
}

/** Names each import that its own package.json does not list, and each path that leaves `src`. */
function undeclared({ path, text }: SourceFile, declared: readonly string[]): readonly string[] {
  const depth = path.split('/src/')[1]?.split('/').length ?? 1;
  const stray = importsOf(text).filter(({ specifier }) => {
    if (specifier.startsWith('.')) return specifier.split('/').filter((part) => part === '..').length >= depth;
    return !specifier.startsWith('node:') && !declared.includes(packageName(specifier));
  });
  return stray.map(({ specifier }) => `${path} imports ${specifier}`);
}

function strayNode({ path, text }: SourceFile): readonly string[] {
  const allowed = path.startsWith('packages/core/src/')
    ? nodeForCore
    : path.startsWith('packages/client/src/')
      ? []
      : undefined;
  if (allowed === undefined) return [];
  return importsOf(text)
    .filter(({ specifier, typeOnly }) => specifier.startsWith('node:') && !typeOnly && !allowed.includes(specifier))
    .map(({ specifier }) => `${path} imports ${specifier}`);
}

function strayDrivers({ path, text }: SourceFile): readonly string[] {
  const folder = /^packages\/stores\/src\/([^/]+)\//.exec(path)?.[1];
  if (folder === undefined) return [];
  const own = driversOfStores[folder] ?? [];
  const drivers = new Set(Object.values(driversOfStores).flat());
  const others = Object.keys(driversOfStores).filter((name) => name !== folder && name !== 'sql');
  return importsOf(text)
    .filter(({ specifier }) =>
      specifier.startsWith('../')
        ? others.some((name) => specifier.split('/').includes(name))
        : drivers.has(packageName(specifier)) && !own.includes(packageName(specifier)),
    )
    .map(({ specifier }) => `${path} imports ${specifier}`);
}

/**
 * A test that reaches into `src` tests something no user can see. The console is a page and exports nothing, so its
 * tests import its modules.
 */
function reachesInside({ path, text }: SourceFile): readonly string[] {
  if (path.startsWith('packages/console/test/')) return [];
  return importsOf(text)
    .filter(({ specifier }) => /^\..*\/(src|dist)\//.test(specifier))
    .map(({ specifier }) => `${path} imports ${specifier}`);
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function packageFolder(specifier: string): string | undefined {
  const name = packageName(specifier);
  return Object.keys(arrows).find((folder) => arrows[folder]?.npmName === name);
}

function declaredBy(path: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, path.split('/').slice(0, 2).join('/'), 'package.json'), 'utf8'));
  // What is built into a page is installed by nobody who uses it.
  const isPage = /^packages\/console\/src\/(?:page|docs)\//.test(path);
  const built = isPage ? manifest.devDependencies : {};
  const { dependencies, peerDependencies, optionalDependencies } = manifest;
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies, ...built });
}

describe('arrows', () => {
  it('the check of arrows reads files of every package and test', () => {
    const folders = new Set(files.map(({ path }) => path.split('/')[1]));
    for (const folder of ['core', 'stores', 'express', 'server', 'client', 'console', 'cli'])
      expect(folders).toContain(folder);
    expect(tests.length).toBeGreaterThan(5);
  });

  it('arrows follow the table', () => {
    expect(files.flatMap(strayArrows)).toEqual([]);
  });

  it('arrows are dependencies of the package that draws them', () => {
    expect(files.flatMap((file) => undeclared(file, declaredBy(file.path)))).toEqual([]);
  });

  it('arrows keep core and client off the machine', () => {
    expect(files.flatMap(strayNode)).toEqual([]);
  });

  it('arrows keep each driver in its folder', () => {
    expect(files.flatMap(strayDrivers)).toEqual([]);
  });

  it('arrows lead tests through the public door', () => {
    expect(tests.flatMap(reachesInside)).toEqual([]);
  });

  it('arrows are the ones CONTRIBUTING.md draws', () => {
    const rows = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(
      /^\| `packages\/(\w+)` \|.*\| (.+?) \|$/gm,
    );
    const drawn = Object.fromEntries([...rows].map(([, folder, targets]) => [folder, targets?.trim()]));
    const meant = Object.entries(arrows).map(([folder, { mayImport, typesOf = [] }]) => {
      const targets = [...mayImport, ...typesOf.map((name) => `types of ${name}`)];
      return [folder, targets.join(', ') || 'nothing of ours'];
    });
    expect(drawn).toEqual(Object.fromEntries(meant));
  });
});

describe('the checks of the arrows can fail', () => {
  const at = (path: string, text: string): SourceFile => ({ path, text });

  it.each([
    ['a forbidden package', strayArrows(at('packages/core/src/a.ts', "import { x } from '@flairgate/stores/sqlite';"))],
    [
      'a value where only types may cross',
      strayArrows(at('packages/server/src/a.ts', "import { x } from '@flairgate/client';")),
    ],
    ['a package outside the table', strayArrows(at('packages/extra/src/a.ts', ''))],
    ['an undeclared dependency', undeclared(at('packages/core/src/a.ts', "import 'left-pad';"), ['lru-cache'])],
    ['a path out of src', undeclared(at('packages/core/src/a/b.ts', "import '../../test/c.js';"), [])],
    ['a file system in core', strayNode(at('packages/core/src/a.ts', "import { readFileSync } from 'node:fs';"))],
    ['node in the client', strayNode(at('packages/client/src/a.ts', "import { hash } from 'node:crypto';"))],
    ['a foreign driver', strayDrivers(at('packages/stores/src/sqlite/a.ts', "import pg from 'pg';"))],
    ['a neighbouring store', strayDrivers(at('packages/stores/src/sqlite/a.ts', "import '../postgres/b.js';"))],
    ['a test of the inside', reachesInside(at('packages/core/test/a.test.ts', "import '../src/a.ts';"))],
  ])('the checks of the arrows fail on %s', (_name, complaints) => {
    expect(complaints).toHaveLength(1);
  });

  it('the checks of the arrows let a type cross', () => {
    expect(strayArrows(at('packages/server/src/a.ts', "import type { X } from '@flairgate/client';"))).toEqual([]);
  });
});
