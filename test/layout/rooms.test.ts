import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf } from './source.ts';
import { readFiles, type SourceFile } from './tree.ts';

/** Room of `packages/core/src` to the rooms it imports, values and types apart. */
type RoomGraph = ReadonlyMap<string, { readonly values: ReadonlySet<string>; readonly types: ReadonlySet<string> }>;

const core = 'packages/core/src/';
const files = readFiles(/^packages\/core\/src\/.*\.ts$/);
const rooms = [
  'credential',
  'principal',
  'permission',
  'visibility',
  'administration',
  'revision',
  'store',
  'answer',
  'filters',
];

/** Rooms that may load only these; `answer` stands at the bottom, because every room refuses in its words. */
const openDoors: Readonly<Record<string, readonly string[]>> = {
  answer: [],
  filters: ['visibility', 'answer'],
};

function roomOf(path: string): string | undefined {
  return path.startsWith(core) && path.slice(core.length).includes('/')
    ? path.slice(core.length).split('/')[0]
    : undefined;
}

function graphOf(sources: readonly SourceFile[]): RoomGraph {
  const graph = new Map<string, { values: Set<string>; types: Set<string> }>();
  for (const { path, text } of sources) {
    const from = roomOf(path);
    if (from === undefined) continue;
    const doors = graph.get(from) ?? { values: new Set(), types: new Set() };
    graph.set(from, doors);
    for (const { specifier, typeOnly } of importsOf(text).filter((each) => each.specifier.startsWith('.'))) {
      const to = roomOf(posix.join(posix.dirname(path), specifier));
      if (to !== undefined && to !== from) doors[typeOnly ? 'types' : 'values'].add(to);
    }
  }
  return graph;
}

/** Finds a way from a room back to itself along imports that load code, if there is one. */
function cycleIn(graph: RoomGraph): readonly string[] | undefined {
  const done = new Set<string>();
  const search = (room: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(room)) return [...trail.slice(trail.indexOf(room)), room];
    if (done.has(room)) return undefined;
    for (const next of graph.get(room)?.values ?? []) {
      const found = search(next, [...trail, room]);
      if (found !== undefined) return found;
    }
    done.add(room);
    return undefined;
  };
  return [...graph.keys()].map((room) => search(room, [])).find((found) => found !== undefined);
}

function closedDoors(graph: RoomGraph): readonly string[] {
  const strict = Object.entries(openDoors).flatMap(([room, open]) =>
    [...(graph.get(room)?.values ?? [])].filter((to) => !open.includes(to)).map((to) => `${room} -> ${to}`),
  );
  const intoAdministration = [...graph]
    .filter(([room, doors]) => room !== 'administration' && doors.values.has('administration'))
    .map(([room]) => `${room} -> administration`);
  return [...strict, ...intoAdministration];
}

describe('rooms of core', () => {
  const graph = graphOf(files);

  it('are the ones of the picture', () => {
    expect([...graph.keys()].sort()).toEqual([...rooms].sort());
    expect([...graph.values()].some(({ values }) => values.size > 0)).toBe(true);
  });

  it('have no way round', () => {
    expect(cycleIn(graph)).toBeUndefined();
  });

  it('keep answer and filters to themselves, and administration behind the rest', () => {
    expect(closedDoors(graph)).toEqual([]);
  });
});

describe('the checks of rooms can fail', () => {
  const room = (path: string, ...imports: readonly string[]): SourceFile => ({
    path: `${core}${path}`,
    text: imports.map((specifier) => `import { x } from '${specifier}';`).join('\n'),
  });

  it('on a way round', () => {
    const graph = graphOf([
      room('store/a.ts', '../principal/b.js'),
      room('principal/b.ts', '../permission/c.js'),
      room('permission/c.ts', '../store/a.js'),
    ]);
    expect(cycleIn(graph)).toEqual(['store', 'principal', 'permission', 'store']);
  });

  it('but not where only types go round', () => {
    const types = { path: `${core}store/a.ts`, text: "import type { X } from '../principal/b.js';" };
    expect(cycleIn(graphOf([types, room('principal/b.ts', '../store/a.js')]))).toBeUndefined();
  });

  it('on a closed door', () => {
    expect(closedDoors(graphOf([room('answer/a.ts', '../store/b.js')]))).toHaveLength(1);
    expect(closedDoors(graphOf([room('filters/a.ts', '../permission/b.js')]))).toHaveLength(1);
    expect(closedDoors(graphOf([room('store/a.ts', '../administration/b.js')]))).toHaveLength(1);
  });
});
