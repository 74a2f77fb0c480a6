import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readFiles, root } from './tree.ts';

/** Entries that promise their names, by package folder. `internal` of core is for this workspace alone. */
const entries: Readonly<Record<string, readonly string[]>> = {
  core: ['index.js', 'administration.js', 'resources.js', 'tokens.js', 'store.js', 'rls.js', 'calibrate.js'],
  express: ['index.js', 'testing/index.js', 'telemetry/index.js'],
  server: ['index.js'],
  client: ['index.js'],
  stores: ['sqlite/index.js', 'postgres/index.js', 'redis/index.js', 'remote/index.js'],
};
const maxRootNames = 60;

const documents = readFiles(/^(README|CONTRIBUTING)\.md$|^docs\/.*\.md$|^packages\/[^/]+\/README\.md$/)
  .map(({ text }) => text)
  .join('\n');
const shipped = readFiles(/^(packages|examples)\/[^/]+\/src\/.*\.tsx?$/);

async function namesOf(folder: string, entry: string): Promise<readonly string[]> {
  const url = pathToFileURL(join(root, 'packages', folder, 'dist', entry)).href;
  const module: Readonly<Record<string, unknown>> = await import(/* @vite-ignore */ url);
  return Object.keys(module);
}

const all = Object.entries(entries).flatMap(([folder, paths]) => paths.map((entry) => ({ folder, entry })));

describe('public names', () => {
  it.each(all)('public names of $folder/$entry are in a document', async ({ folder, entry }) => {
    const names = await namesOf(folder, entry);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(documents))).toEqual([]);
  });

  it('public names on the root of core are few', async () => {
    expect((await namesOf('core', 'index.js')).length).toBeLessThanOrEqual(maxRootNames);
  });

  it('public names stand in one entry of core each', async () => {
    const paths = entries.core ?? [];
    const names = (await Promise.all(paths.map((entry) => namesOf('core', entry)))).flat();
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('public names of core are used by code that is shipped, or by its readers', async () => {
    const paths = entries.core ?? [];
    const names = (await Promise.all(paths.map((entry) => namesOf('core', entry)))).flat();
    const outside = shipped
      .filter(({ path }) => !path.startsWith('packages/core/'))
      .map(({ text }) => text)
      .join('\n');
    const used = (name: string) =>
      new RegExp(`\\b${name}\\b`).test(outside) || new RegExp(`\`[^\`]*\\b${name}\\b`).test(documents);
    expect(names.filter((name) => !used(name))).toEqual([]);
  });

  it('public names of core/internal are in no example and no document', () => {
    const examples = readFiles(/^examples\/.*\.(ts|md)$/).filter(({ text }) =>
      text.includes('@flairgate/core/internal'),
    );
    expect(examples.map(({ path }) => path)).toEqual([]);
    expect(/from '@flairgate\/core\/internal'/.test(documents)).toBe(false);
  });
});
