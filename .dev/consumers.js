// Installs the packed packages in small projects and runs them: one base, each axis against it, and pairs of axes drawn
// at random.
//
//   npx --yes pnpm@12 run consumers              every row
//   npx --yes pnpm@12 run consumers express4     the rows whose name contains a word
//   SEED=7 npx --yes pnpm@12 run consumers       the pairs of another run
//
// Node of another version is found by NODE_20, NODE_22, NODE_24 and NODE_26, the paths of the programs; a version without
// one is skipped and says so. Without Node 24 the base is the version that runs this. Bun and Deno are installed from npm.

// @ts-check
import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from './consumer-program.js';
import { printTable, readTarball, withPacked } from './packed.js';

/** Most packages, and most MB in node_modules, that the base can install. TypeScript and types are not counted. */
const BUDGET = { packages: 110, mb: 50 };

/** Number of pairs that are drawn. */
const PAIRS = 8;

/**
 * @typedef {object} Consumer
 * @property {string} express range of Express
 * @property {'esm' | 'cjs'} modules
 * @property {string} runtime `node` and a major version, or the npm package of another runtime
 * @property {string} typescript version
 * @property {string} module setting of TypeScript
 * @property {'npm' | 'pnpm'} installer
 */

const present = `node ${process.versions.node.split('.')[0]}`;

/** @type {Consumer} */
const base = {
  express: '^5.0.0',
  modules: 'esm',
  runtime: pathOf('node 24') === undefined ? present : 'node 24',
  typescript: '6',
  module: 'nodenext',
  installer: 'npm',
};

/** Values of each axis other than that of the base. @type {{ readonly [A in keyof Consumer]?: readonly Consumer[A][] }} */
const axes = {
  express: ['^4.0.0'],
  modules: ['cjs'],
  runtime: ['node 20', 'node 22', 'node 24', 'node 26'].filter((runtime) => runtime !== base.runtime),
  typescript: ['5.9', '7'],
  installer: ['pnpm'],
};

/** Rows that are not one axis against the base. @type {Readonly<Record<string, Partial<Consumer>>>} */
const others = {
  'express4-oldest': { express: '4.19.0' },
  'express5-oldest': { express: '5.0.0' },
  'typescript5.9-cjs-node16': { typescript: '5.9', modules: 'cjs', module: 'node16' },
  'typescript5.9-cjs-commonjs': { typescript: '5.9', modules: 'cjs', module: 'commonjs' },
  bun: { runtime: 'bun' },
  deno: { runtime: 'deno' },
};

const wanted = process.argv.slice(2);
const seed = Number(process.env.SEED ?? randomInt(1, 1_000_000));

process.exitCode = await withPacked(async (tarballs, folder) => {
  const table = [];
  let [failed, skipped] = [0, 0];
  console.log(`pairs of SEED=${seed}`);
  for (const [name, change] of rowsOf(seed)) {
    if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
    const consumer = { ...base, ...change };
    const home = join(folder, name.replaceAll(/[^\w.-]/g, '-'));
    const result = tryOne(home, consumer, tarballs);
    const { express, modules, runtime, typescript, module, installer } = consumer;
    table.push([name, express, modules, runtime, typescript, module, installer, result.size, result.outcome]);
    if (result.outcome.startsWith('skipped')) skipped += 1;
    else if (!result.outcome.startsWith('ok')) failed += 1;
    rmSync(home, { recursive: true, force: true });
    console.log(`${name}: ${result.outcome}`);
  }
  printTable([
    ['consumer', 'express', 'modules', 'runtime', 'typescript', 'module', 'installer', 'packages, MB', 'outcome'],
    ...table,
  ]);
  console.log(`budget of the base: ${BUDGET.packages} packages, ${BUDGET.mb} MB; pairs of SEED=${seed}`);
  console.log(`${table.length} consumers, ${failed} failed, ${skipped} skipped`);
  return failed === 0 ? 0 : 1;
});

/**
 * Returns the rows by name: the base, each value of an axis, the others, and pairs of values of two axes.
 *
 * @param {number} seed
 * @returns {readonly (readonly [string, Partial<Consumer>])[]}
 */
function rowsOf(seed) {
  const values = Object.entries(axes).flatMap(([axis, all]) => all.map((value) => ({ axis, value })));
  /** @type {(at: { readonly axis: string, readonly value: string }) => string} */
  const nameOf = ({ axis, value }) => `${axis} ${value}`;
  const single = values.map((one) => /** @type {const} */ ([nameOf(one), { [one.axis]: one.value }]));
  const pairs = values.flatMap((one, at) =>
    values
      .slice(at + 1)
      .filter(({ axis }) => axis !== one.axis)
      .map((other) => {
        const change = { [one.axis]: one.value, [other.axis]: other.value };
        return /** @type {const} */ ([`${nameOf(one)}, ${nameOf(other)}`, change]);
      }),
  );
  return [['base', {}], ...single, ...Object.entries(others), ...shuffled(pairs, seed).slice(0, PAIRS)];
}

/**
 * Shuffles a list: the same seed gives the same order.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {number} seed
 */
function shuffled(list, seed) {
  let state = seed;
  return list
    .map((item) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return { item, order: state };
    })
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** Returns the path of a version of Node, if there is one. @param {string} runtime */
function pathOf(runtime) {
  if (runtime === present) return process.execPath;
  const path = process.env[runtime.toUpperCase().replace(' ', '_')];
  return path !== undefined && existsSync(path) ? path : undefined;
}

/**
 * Returns the command that runs a program. Bun and Deno are installed in a folder of their own.
 *
 * @param {string} runtime
 * @param {string} home
 * @returns {readonly string[] | undefined}
 */
function commandOf(runtime, home) {
  if (runtime.startsWith('node')) {
    const node = pathOf(runtime);
    return node === undefined ? undefined : [node];
  }
  const folder = `${home}-${runtime}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', runtime], {
    cwd: folder,
    stdio: 'pipe',
    timeout: 240_000,
  });
  const program = join(folder, 'node_modules', '.bin', runtime);
  return runtime === 'deno' ? [program, 'run', '--allow-all', '--node-modules-dir=manual'] : [program];
}

/**
 * @param {string} home
 * @param {Consumer} consumer
 * @param {readonly string[]} tarballs
 */
function tryOne(home, consumer, tarballs) {
  mkdirSync(home, { recursive: true });
  try {
    const command = commandOf(consumer.runtime, home);
    if (command === undefined) return { size: '', outcome: `skipped: there is no ${consumer.runtime}` };
    const size = isBase(consumer) ? measure(home, tarballs) : undefined;
    const shown = size === undefined ? '' : `${size.packages}, ${size.mb}`;
    if (size !== undefined && (size.packages > BUDGET.packages || size.mb > BUDGET.mb)) {
      return { size: shown, outcome: 'over the budget' };
    }
    const typed = {
      typescript: `~${consumer.typescript}.0`,
      '@types/node': '^20',
      '@types/express': `^${/\d/.exec(consumer.express)?.[0]}`,
    };
    install(home, consumer, tarballs, typed);
    compile(home, consumer);
    const [program = '', ...words] = [...command, 'out/program.js'];
    const answered = execFileSync(program, words, { cwd: home, encoding: 'utf8', timeout: 120_000 }).trim();
    return { size: shown, outcome: answered === '200 401 200' ? 'ok: 200 401 200' : answered };
  } catch (error) {
    return { size: '', outcome: firstLine(error) };
  }
}

/**
 * @param {string} home
 * @param {Consumer} consumer
 * @param {readonly string[]} tarballs
 * @param {Readonly<Record<string, string>>} more
 */
function install(home, { express, modules, installer }, tarballs, more) {
  const ours = Object.fromEntries(
    tarballs
      .map((tarball) => [readTarball(tarball).manifest.name, `file:${tarball}`])
      .filter(([name]) => /\/(?:core|stores|express|server|client)$/.test(name)),
  );
  const manifest = {
    name: 'consumer',
    private: true,
    type: modules === 'esm' ? 'module' : 'commonjs',
    dependencies: { ...ours, express, libsql: '^0.5.29' },
    devDependencies: more,
  };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  if (installer === 'pnpm') {
    const overrides = Object.entries(ours).map(([name, file]) => `  '${name}': '${file}'\n`);
    writeFileSync(join(home, 'pnpm-workspace.yaml'), `packages: []\noverrides:\n${overrides.join('')}`);
  }
  const words =
    installer === 'npm'
      ? ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund']
      : ['npx', '--yes', 'pnpm@12', 'install', '--prefer-offline'];
  execFileSync(words[0] ?? '', words.slice(1), { cwd: home, stdio: 'pipe', timeout: 240_000 });
}

/**
 * @param {string} home
 * @param {Consumer} consumer
 */
function compile(home, { module, typescript }) {
  writeFileSync(join(home, 'program.ts'), program);
  const resolution = module === 'commonjs' ? 'node10' : module;
  const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022', '--types', 'node'];
  const strict = ['--strict', '--esModuleInterop', '--skipLibCheck', typescript === '7' ? 'false' : 'true'];
  const tsc = join(home, 'node_modules', 'typescript', 'bin', 'tsc');
  const words = [tsc, 'program.ts', '--outDir', 'out', '--rootDir', '.', ...options, ...strict];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: home,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`tsc: ${stdout}${stderr}`);
}

/** @param {Consumer} consumer */
function isBase(consumer) {
  return Object.entries(base).every(([axis, value]) => Reflect.get(consumer, axis) === value);
}

/**
 * Installs the base without TypeScript, and counts what that brings.
 *
 * @param {string} home
 * @param {readonly string[]} tarballs
 */
function measure(home, tarballs) {
  install(home, base, tarballs, {});
  let packages = 0;
  let bytes = 0;
  for (const name of readdirSync(join(home, 'node_modules'), { recursive: true, encoding: 'utf8' })) {
    const stat = statSync(join(home, 'node_modules', name), { throwIfNoEntry: false });
    if (stat?.isFile()) bytes += stat.size;
    if (/(?:^|\/)(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(name) && isPackage(name)) packages += 1;
  }
  return { packages, mb: Math.round(bytes / 1e6) };
}

/** True for the manifest of a package, not for one inside it. @param {string} path */
function isPackage(path) {
  const last = path.split('node_modules/').at(-1) ?? '';
  return last.split('/').length === (last.startsWith('@') ? 3 : 2);
}

/** @param {unknown} error */
function firstLine(error) {
  const text = error instanceof Error ? `${'stderr' in error ? error.stderr : ''}${error.message}` : String(error);
  return (text.split('\n').find((line) => line.trim() !== '') ?? '').slice(0, 160);
}
