import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf } from './source.ts';
import { readFiles, type SourceFile } from './tree.ts';

const core = 'packages/core/src/';
const files = readFiles(/^packages\/core\/src\/.*\.ts$/);

/** Rooms of core from the bottom up. A room imports, values and types alike, only from rooms below it. */
const rooms = [
  'denial',
  'options',
  'store',
  'permission',
  'credential',
  'revision',
  'principal',
  'visibility',
  'filters',
  'administration',
];

/** Rooms of `administration` from the bottom up. */
const commandRooms = [
  'command',
  'escalation',
  'audit',
  'catalogue',
  'consent',
  'users',
  'keys',
  'groups',
  'policies',
  'organizations',
  'invitations',
  'exchange',
  'sign-in',
  'federation',
  'services',
  'resources',
  'backup',
];

function roomOf(path: string, inside: string): string | undefined {
  return path.startsWith(inside) && path.slice(inside.length).includes('/')
    ? path.slice(inside.length).split('/')[0]
    : undefined;
}

/** Imports that go from a room to one that is not below it; type imports count. */
function upwardArrows(sources: readonly SourceFile[], inside: string, order: readonly string[]): readonly string[] {
  return sources.flatMap(({ path, text }) => {
    const from = roomOf(path, inside);
    if (from === undefined) return [];
    return importsOf(text)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier }) => roomOf(posix.join(posix.dirname(path), specifier), inside))
      .filter((to) => to !== undefined && to !== from && order.indexOf(to) >= order.indexOf(from))
      .map((to) => `${path} -> ${to}`);
  });
}

const roomsIn = (inside: string): readonly string[] =>
  [...new Set(files.map(({ path }) => roomOf(path, inside)))].filter((room) => room !== undefined).sort();

describe('rooms of core', () => {
  it('rooms of core are the ones of the picture', () => {
    expect(roomsIn(core)).toEqual([...rooms].sort());
    expect(roomsIn(`${core}administration/`)).toEqual([...commandRooms].sort());
  });

  it('rooms of core import only what is below them', () => {
    expect(upwardArrows(files, core, rooms)).toEqual([]);
  });

  it('rooms of core of administration import only what is below them', () => {
    expect(upwardArrows(files, `${core}administration/`, commandRooms)).toEqual([]);
  });
});

describe('the checks of rooms can fail', () => {
  const room = (path: string, text: string): SourceFile => ({ path: `${core}${path}`, text });

  it('the checks of rooms fail on an upward import, also of a type', () => {
    const upward = room('store/a.ts', "import type { X } from '../principal/b.js';");
    expect(upwardArrows([upward], core, rooms)).toHaveLength(1);
    expect(upwardArrows([room('principal/a.ts', "import { x } from '../store/b.js';")], core, rooms)).toEqual([]);
  });
});
