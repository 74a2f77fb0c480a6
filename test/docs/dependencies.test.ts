import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** Lowest versions without a known hole, by major version where several are maintained. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  'body-parser': ['1.20.3', '2.2.1'],
  express: ['4.21.2', '5.1.0'],
  'express-rate-limit': ['7.5.0', '8.2.2'],
  jsonwebtoken: ['9.0.3'],
  jws: ['3.2.3', '4.0.1'],
  passport: ['0.6.0'],
  // Version 1 comes with a tool of the tests only. 1.9.0 is its version without CVE-2024-45296.
  'path-to-regexp': ['0.1.13', '1.9.0', '8.4.0'],
  qs: ['6.16.0'],
};

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifests: readonly Manifest[] = readdirSync(join(root, 'packages')).map((folder) =>
  JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
);

/** `library of package` for each dependency at run time. */
const needed = manifests
  .flatMap(({ name, dependencies, peerDependencies }) =>
    Object.keys({ ...dependencies, ...peerDependencies })
      .filter((library) => !library.startsWith('@flairgate/'))
      .map((library) => `${library} of ${name}`),
  )
  .sort();

function documented(): readonly string[] {
  const lines = readFileSync(join(root, 'docs', 'dependencies.md'), 'utf8').split('\n');
  const names = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  return lines
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => {
      const [, libraries, users] = line.split('|');
      return names(libraries).flatMap((library) => names(users).map((user) => `${library} of ${user}`));
    })
    .sort();
}

/** Installed versions of a package, from the lock file. */
function lockedVersions(name: string): readonly string[] {
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
  const entry = new RegExp(`^ {2}'?${name.replace(/[.]/g, '\\.')}@(\\d+\\.\\d+\\.\\d+)`, 'gm');
  return [...new Set([...lock.matchAll(entry)].map(([, version = '']) => version))];
}

function isBelow(version: string, floor: string): boolean {
  return version.localeCompare(floor, 'en', { numeric: true }) < 0;
}

/** The floor of the same major version, or else the lowest of a higher one, or else the highest. */
function floorFor(version: string, floors: readonly string[]): string {
  const major = (text: string) => Number.parseInt(text, 10);
  return floors.find((floor) => major(floor) >= major(version)) ?? floors.at(-1) ?? version;
}

describe('dependencies', () => {
  it('each library that a package needs at run time has a line that names its users', () => {
    expect(documented()).toEqual(needed);
  });

  it.each(Object.entries(FLOORS))('%s is not locked below its lowest version without a known hole', (name, floors) => {
    const versions = lockedVersions(name);
    expect(versions).not.toEqual([]);
    expect(versions.filter((version) => isBelow(version, floorFor(version, floors)))).toEqual([]);
  });

  it('a version below its floor is found', () => {
    expect(isBelow('9.0.2', floorFor('9.0.2', ['9.0.3']))).toBe(true);
    expect(isBelow('3.2.2', floorFor('3.2.2', ['3.2.3', '4.0.1']))).toBe(true);
    expect(isBelow('0.1.13', floorFor('0.1.13', ['0.1.13', '8.4.0']))).toBe(false);
    expect(isBelow('6.15.9', floorFor('6.15.9', ['6.16.0']))).toBe(true);
  });
});
