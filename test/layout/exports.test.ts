import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, root } from './tree.ts';

interface Manifest {
  readonly [field: string]: unknown;
  readonly name?: string;
  readonly version?: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

const manifests = listFiles()
  .filter((path) => /^packages\/[^/]+\/package\.json$/.test(path))
  .map((path) => ({
    folder: path.slice(0, -'/package.json'.length),
    manifest: JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest,
  }));

const built = (folder: string) => (target: string) => existsSync(join(root, folder, target));

/** Says what is wrong with a package's `exports` map. */
function badExports({ exports = {} }: Manifest, exists: (target: string) => boolean): readonly string[] {
  const complaints = exports['./package.json'] === './package.json' ? [] : ['./package.json is not listed'];
  for (const [subpath, target] of Object.entries(exports)) {
    const targets = typeof target === 'string' ? [target] : Object.values(target);
    if (typeof target !== 'string' && Object.keys(target)[0] !== 'types')
      complaints.push(`${subpath}: types must come first`);
    if (typeof target !== 'string' && !('default' in target)) complaints.push(`${subpath}: default is missing`);
    complaints.push(...targets.filter((file) => !exists(file)).map((file) => `${subpath}: ${file} does not exist`));
  }
  return complaints;
}

/** Says which fields differ from what all our packages have. */
function badFields(manifest: Manifest): readonly string[] {
  const same = {
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
    files: [...(manifest.bin === undefined ? [] : ['bin']), 'dist', 'README.md', 'LICENSE'],
  };
  return Object.entries(same)
    .filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
    .map(([field]) => `${manifest.name}: ${field}`);
}

describe('package.json', () => {
  it('package.json is read for every package', () => {
    expect(manifests.length).toBeGreaterThanOrEqual(6);
  });

  it.each(manifests)('package.json of $folder exports what the build makes', ({ folder, manifest }) => {
    expect(badExports(manifest, built(folder))).toEqual([]);
    expect(Object.values(manifest.bin ?? {}).filter((target) => !built(folder)(target))).toEqual([]);
  });

  it.each(manifests)('package.json of $folder says what every package of ours says', ({ manifest }) => {
    expect(badFields(manifest)).toEqual([]);
  });

  it('package.json has one version everywhere', () => {
    expect(new Set(manifests.map(({ manifest }) => manifest.version)).size).toBe(1);
  });
});

describe('the checks of package.json can fail', () => {
  const everything = () => true;

  it('the checks of package.json fail on a missing ./package.json, a late types, no default and no file', () => {
    const late = { default: './a.js', types: './a.d.ts' };
    expect(badExports({ exports: { '.': late, './package.json': './package.json' } }, everything)).toHaveLength(1);
    expect(badExports({ exports: { '.': { types: './a.d.ts', default: './a.js' } } }, everything)).toHaveLength(1);
    expect(
      badExports({ exports: { '.': { types: './a.d.ts' }, './package.json': './package.json' } }, everything),
    ).toHaveLength(1);
    expect(badExports({ exports: { './package.json': './package.json' } }, () => false)).toHaveLength(1);
  });

  it('the checks of package.json fail on a field that differs', () => {
    expect(badFields({ license: 'MIT', type: 'commonjs' })).toHaveLength(4);
  });
});
