import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFiles } from './tree.ts';

const page = readFiles(/^docs\/architecture\.md$/)[0]?.text ?? '';

/** Folders that have source files of a package, for example `core/src/denial`; `src` itself is not among them. */
const folders = [...new Set(readFiles(/^packages\/[^/]+\/src\/.*\.(tsx?|css)$/).map(({ path }) => posix.dirname(path)))]
  .map((folder) => folder.slice('packages/'.length))
  .filter((folder) => folder.split('/').length > 2)
  .sort();

/** The folders that the tables of the page describe, by package. A table names its folder in its heading. */
function describedFolders(text: string): readonly string[] {
  const described: string[] = [];
  let base = '';
  for (const line of text.split('\n').filter((each) => each.startsWith('| '))) {
    const [, first = '', purpose = ''] = line.split('|').map((cell) => cell.trim());
    const named = [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    if (first.startsWith('folder of ')) base = named.length === 1 ? (named[0] ?? '').replace(/^packages\//, '') : '';
    else if (!first.startsWith('---') && purpose !== '')
      described.push(...siblings(named).map((name) => within(base, name)));
  }
  return described;
}

/** Completes the names of one row: those after the first are in the same folder as the first. */
function siblings([first = '', ...others]: readonly string[]): readonly string[] {
  const parent = posix.dirname(first);
  return [first, ...others.map((name) => (parent === '.' || name.includes('/') ? name : `${parent}/${name}`))];
}

function within(base: string, name: string): string {
  return base === '' ? name : `${base}/${name}`;
}

const everyFolder = page.slice(page.indexOf('## Every folder'), page.indexOf('## How to find your way'));

describe('docs/architecture.md', () => {
  it('docs/architecture.md states the purpose of every folder in one line, and of no other', () => {
    expect(folders.length).toBeGreaterThan(50);
    expect([...describedFolders(everyFolder)].sort()).toEqual(folders);
  });
});

describe('the check of folders can fail', () => {
  it('the check of folders fails on a folder that no row describes, and reads rows with several folders', () => {
    const table =
      '| folder of `packages/core/src` | purpose |\n| --- | --- |\n| `a` | one |\n| `b/c`, `d` | two |\n| `e` | |';
    expect(describedFolders(table)).toEqual(['core/src/a', 'core/src/b/c', 'core/src/b/d']);
  });
});
