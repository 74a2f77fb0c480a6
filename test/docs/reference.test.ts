import { existsSync, readdirSync } from 'node:fs';
import { defaultCatalogue, KEY_PATTERN } from '@flairgate/core';
import { ROLE_NAMES } from '@flairgate/core/administration';
import type { Needs } from '@flairgate/server';
import { describe, expect, it } from 'vitest';
import { help, listCommands } from './command-help.ts';
import { routesOfService } from './service-routes.ts';
import { bare, readPage, rowsUnder, sectionOf } from './tables.ts';

const top = new URL('../../', import.meta.url);

const first = (page: string, heading: string) => rowsUnder(page, heading).map(([cell]) => bare(cell));

describe('packages/cli/README.md', () => {
  const rows = rowsUnder('packages/cli/README.md', 'Commands');

  it('packages/cli/README.md has every command, and no other', async () => {
    const commands = await listCommands();
    expect(commands.length).toBeGreaterThan(5);
    expect(rows.map(([name]) => bare(name))).toEqual(commands);
  });

  it.each(rows.map(([command, , options]) => [bare(command), options] as const))(
    'packages/cli/README.md has every option of %s, and no other',
    async (command, options = '') => {
      const common = new Set(['--url', '--key-file', '--database', '--config', '--json', '--help']);
      const flags = [...(await help(...command.split(' '))).matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(
        ([, flag = '']) => flag,
      );
      const documented = options.split(', ').map(bare);
      expect(documented.filter((flag) => flag !== '')).toEqual(flags.filter((flag) => !common.has(flag)));
    },
  );
});

/** Returns how the table describes what a caller needs. */
const SHOWN: Readonly<Record<Needs['kind'], (needs: Needs) => string>> = {
  nothing: () => 'nothing',
  secret: () => 'a secret',
  credential: () => '',
  service: () => 'a service key',
  user: () => "a user's credential",
  permissions: (needs) => (needs.kind === 'permissions' ? needs.names.map((name) => `\`${name}\``).join(', ') : ''),
};

describe('packages/server/README.md', () => {
  it('packages/server/README.md has every route with what it needs, and no other', async () => {
    const routes = await routesOfService();
    const rows = rowsUnder('packages/server/README.md', 'Routes');
    const documented = rows.flatMap(([paths = '', methods = '', shown = '']) =>
      paths
        .split(', ')
        .flatMap((path) =>
          (methods.match(/\b[A-Z]{3,6}\b/g) ?? []).map((method) => ({ route: `${method} ${bare(path)}`, shown })),
        ),
    );
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    expect(documented.map(({ route }) => route).sort()).toEqual(names.sort());
    for (const { method, path, needs } of routes) {
      const row = documented.find(({ route }) => route === `${method} ${path}`);
      expect(row?.shown, `${method} ${path}`).toContain(SHOWN[needs.kind](needs));
    }
  });
});

describe('docs/permissions.md', () => {
  it('docs/permissions.md has every privileged permission, and no other', () => {
    const privileged = defaultCatalogue.entries.filter((entry) => entry.privileged).map(({ name }) => name);
    expect(privileged.length).toBeGreaterThan(0);
    expect(first('docs/permissions.md', 'Privileged permissions')).toEqual(privileged);
  });

  it('docs/permissions.md has every dimension of checkNoEscalation, and no other', () => {
    const declared = readPage('packages/core/dist/administration/escalation/check-no-escalation.d.ts');
    const [union = ''] = /type Dimension = [^;]+/.exec(declared) ?? [];
    const dimensions = [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name);
    expect(dimensions.length).toBeGreaterThan(5);
    expect(first('docs/permissions.md', 'No escalation')).toEqual(dimensions);
  });

  it('docs/permissions.md has every role, and no other', () => {
    const [, afterOwners = ''] = (sectionOf('docs/permissions.md', 'Owners') ?? '').split('| role | grants |');
    const roles = [...afterOwners.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(roles).toEqual(ROLE_NAMES);
  });
});

describe('docs/keys.md', () => {
  it('docs/keys.md has the expression that secret scanners need', () => {
    expect(readPage('docs/keys.md')).toContain(`\n${KEY_PATTERN.source}\n`);
  });
});

describe('the README of a package', () => {
  const packages = readdirSync(new URL('packages', top));

  it.each(packages)('the README of packages/%s has its parts in their order, in under 180 lines', (folder) => {
    const page = readPage(`packages/${folder}/README.md`);
    const parts = [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);
    expect(page.split('\n').length).toBeLessThan(180);
    expect(parts.slice(0, 2)).toEqual(['Install', 'A smallest program']);
    expect(parts.slice(-5)).toEqual([
      'Options',
      'Errors',
      'What it does not do',
      'Security, and what it trusts',
      'Tests',
    ]);
  });
});

describe('the tree in CONTRIBUTING.md', () => {
  const [, tree = ''] = (sectionOf('CONTRIBUTING.md', 'The tree') ?? '').split('```');
  const indented = [...tree.matchAll(/^ {2}(\w+)\/ /gm)].map(([, name]) => name);
  const outer = [...tree.matchAll(/^([\w.][\w./-]*) /gm)].map(([, path = '']) => path);

  it('the tree in CONTRIBUTING.md names only what there is', () => {
    expect(outer.length).toBeGreaterThan(8);
    for (const path of outer) expect(existsSync(new URL(path, top)), path).toBe(true);
  });

  it('the tree in CONTRIBUTING.md has every package and every room, and no other', () => {
    const rooms = readdirSync(new URL('packages/core/src', top), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect([...indented].sort()).toEqual(rooms.map(({ name }) => name).sort());
    const packages = outer.flatMap((path) => /^packages\/(\w+)\/src\/$/.exec(path)?.[1] ?? []);
    expect(packages.sort()).toEqual(readdirSync(new URL('packages', top)).sort());
  });
});
