import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, root } from './tree.ts';

interface Manifest {
  readonly [field: string]: unknown;
  readonly name?: string;
  readonly version?: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, Target>>;
  readonly typesVersions?: { readonly '*': Readonly<Record<string, readonly string[]>> };
}

/** A file, or the files for each condition. */
type Target = string | { readonly [condition: string]: Target };

const manifests = listFiles()
  .filter((path) => /^packages\/[^/]+\/package\.json$/.test(path))
  .map((path) => ({
    folder: path.slice(0, -'/package.json'.length),
    manifest: JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest,
  }));

const built = (folder: string) => (target: string) => existsSync(join(root, folder, target));

function filesOf(target: Target): readonly string[] {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(filesOf);
}

/** Says which entries TypeScript does not find with `moduleResolution: node10`, which does not read `exports`. */
function badTypesVersions({ exports = {}, typesVersions, ...manifest }: Manifest): readonly string[] {
  return Object.entries(exports)
    .filter(([, target]) => typeof target !== 'string')
    .filter(([subpath, target]) => {
      const found = subpath === '.' ? manifest.types : typesVersions?.['*'][subpath.slice(2)]?.[0];
      return found === undefined || !filesOf(target).includes(String(found));
    })
    .map(([subpath]) => subpath);
}

/** Says what is wrong with a package's `exports` map. */
function badExports({ exports = {} }: Manifest, exists: (target: string) => boolean): readonly string[] {
  const complaints = exports['./package.json'] === './package.json' ? [] : ['./package.json is not listed'];
  for (const [subpath, target] of Object.entries(exports)) {
    const targets = filesOf(target);
    if (typeof target !== 'string' && Object.keys(target)[0] !== 'types')
      complaints.push(`${subpath}: types must come first`);
    if (typeof target !== 'string' && !('default' in target)) complaints.push(`${subpath}: default is missing`);
    if (typeof target !== 'string' && !targets.some((file) => file.endsWith('.d.cts')))
      complaints.push(`${subpath}: declarations for require are missing`);
    complaints.push(...targets.filter((file) => !exists(file)).map((file) => `${subpath}: ${file} does not exist`));
  }
  return complaints;
}

const FILES = ['dist', '!dist/.*', '!dist/**/*.map', 'README.md', 'LICENSE'];
const CHECK = 'node ../../.dev/require-pnpm-pack.js';

/** Says which fields differ from what all our packages have. */
function badFields(manifest: Manifest): readonly string[] {
  const same = {
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20.19' },
    author: 'Flairgate contributors',
    homepage: 'https://flairgate.github.io/flairgate/',
    bugs: { url: 'https://github.com/flairgate/flairgate/issues' },
    files: [...(manifest.bin === undefined ? [] : ['bin']), ...FILES],
    publishConfig: { access: 'public', provenance: true },
    scripts: { prepack: CHECK, prepublishOnly: CHECK },
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
    expect(badTypesVersions(manifest)).toEqual([]);
    expect(Object.values(manifest.bin ?? {}).filter((target) => !built(folder)(target))).toEqual([]);
  });

  it.each(manifests)('package.json of $folder says what every package of ours says', ({ manifest }) => {
    expect(badFields(manifest)).toEqual([]);
  });

  it.each(manifests)('package.json of $folder says where the package comes from', ({ folder, manifest }) => {
    const url = 'git+https://github.com/flairgate/flairgate.git';
    expect(manifest.repository).toEqual({ type: 'git', url, directory: folder });
    expect(manifest.keywords).toContain('authorization');
    expect(String(manifest.description)).toMatch(/^[A-Z].{20,}\.$/);
    expect(readFileSync(join(root, folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });

  it('package.json has one version everywhere', () => {
    expect(new Set(manifests.map(({ manifest }) => manifest.version)).size).toBe(1);
  });
});

describe('the checks of package.json can fail', () => {
  const everything = () => true;

  it('the checks of package.json fail on a missing ./package.json, a late types, no default and no file', () => {
    const types = { require: './a.d.cts', default: './a.d.ts' };
    const late = { default: './a.js', types };
    const noRequire = { types: './a.d.ts', default: './a.js' };
    expect(badExports({ exports: { '.': noRequire, './package.json': './package.json' } }, everything)).toHaveLength(1);
    expect(badExports({ exports: { '.': late, './package.json': './package.json' } }, everything)).toHaveLength(1);
    expect(badExports({ exports: { '.': { types, default: './a.js' } } }, everything)).toHaveLength(1);
    expect(badExports({ exports: { '.': { types }, './package.json': './package.json' } }, everything)).toHaveLength(1);
    expect(badExports({ exports: { './package.json': './package.json' } }, () => false)).toHaveLength(1);
  });

  it('the checks of package.json fail on an entry that node10 does not find', () => {
    const entry = { types: './a.d.ts', default: './a.js' };
    const typesVersions = { '*': { a: ['./a.d.ts'], b: ['./b.d.ts'] } };
    expect(badTypesVersions({ types: './a.d.ts', exports: { '.': entry, './a': entry }, typesVersions })).toEqual([]);
    expect(badTypesVersions({ exports: { '.': entry, './b': entry, './c': entry }, typesVersions })).toHaveLength(3);
  });

  it('the checks of package.json fail on a field that differs', () => {
    expect(badFields({ license: 'MIT', type: 'commonjs' })).toHaveLength(9);
  });
});

it.each([
  ['npm/10.8.2 node/v20.20.2 linux x64', 1],
  ['yarn/1.22.22 npm/? node/v20.20.2 linux x64', 1],
  ['pnpm/12.0.0 npm/? node/v20.20.2 linux x64', 0],
])('an installation of the repository by %s exits with %i, and says what to type', (agent, exit) => {
  const env = { PATH: process.env.PATH ?? '', npm_config_user_agent: agent, npm_lifecycle_event: 'preinstall' };
  const { status, stderr } = spawnSync(process.execPath, ['.dev/require-pnpm.js'], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  expect(status).toBe(exit);
  expect(stderr.includes('npx --yes pnpm@12 start')).toBe(exit === 1);
});
