// Installs the packed packages in small projects and runs them: one base, and each axis against it.
//
//   npx --yes pnpm@12 run consumers              every axis
//   npx --yes pnpm@12 run consumers express4     the rows whose name contains a word
//
// Node of another version is found by NODE_22, NODE_24 and NODE_26, the paths of the programs; a version without one is
// skipped and says so.

// @ts-check
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printTable, readTarball, withPacked } from './packed.js';

/** Most packages, and most MB in node_modules, that the base can install. TypeScript and types are not counted. */
const BUDGET = { packages: 110, mb: 50 };

/**
 * @typedef {object} Consumer
 * @property {string} express version of Express
 * @property {'esm' | 'cjs'} modules
 * @property {string} node major version that runs the program; `this` for the present one
 * @property {string} typescript version, or an empty text for a program in JavaScript
 * @property {string} module setting of TypeScript
 * @property {'npm' | 'pnpm'} installer
 */

/** @type {Consumer} */
const base = { express: '5', modules: 'esm', node: 'this', typescript: '6', module: 'nodenext', installer: 'npm' };

/** @type {Readonly<Record<string, Partial<Consumer>>>} */
const axes = {
  base: {},
  express4: { express: '4' },
  cjs: { modules: 'cjs' },
  'express4-cjs': { express: '4', modules: 'cjs' },
  node22: { node: '22' },
  node24: { node: '24' },
  node26: { node: '26' },
  'typescript5.9': { typescript: '5.9' },
  typescript7: { typescript: '7' },
  'typescript5.9-cjs-node16': { typescript: '5.9', modules: 'cjs', module: 'node16' },
  'typescript5.9-cjs-commonjs': { typescript: '5.9', modules: 'cjs', module: 'commonjs' },
  pnpm: { installer: 'pnpm' },
};

const program = `
import { createGate } from '@flairgate/express';
import { testGate } from '@flairgate/express/testing';
import { createCatalogue, createService, openAdministration } from '@flairgate/server';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { createClient } from '@flairgate/client';
import { OptionError } from '@flairgate/core';
import { createResourceRules } from '@flairgate/core/resources';
import express from 'express';

async function main() {
  const store = await sqliteStore({ file: 'flairgate-' + process.pid + '.db' });
  const catalogue = createCatalogue(['invoice.list']);
  const service = await createService({ store, catalogue, issuer: 'http://127.0.0.1', audience: 'invoices' });
  const operator = openAdministration(store).asOperator('consumer');
  const { oid } = await operator.createOrganization({ name: 'Acme' });
  const { text } = await operator.create({ organization: oid, name: 'first', permissions: ['invoice.*'] });
  const app = express();
  app.get('/invoices', service.gate.authenticate(), service.gate.requirePermissions('invoice.list'), (req, res) => {
    res.json({ you: service.gate.authOf(req).ident });
  });
  app.use(service.router);
  const kit = await testGate();
  if (typeof createGate !== 'function' || typeof createClient !== 'function') throw new OptionError('missing');
  if (typeof createResourceRules !== 'function') throw new OptionError('missing');
  const server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  const url = 'http://127.0.0.1:' + (address !== null && typeof address === 'object' ? address.port : 0);
  const statuses: number[] = [];
  const ask = async (headers: Record<string, string>) =>
    statuses.push((await fetch(url + '/invoices', { headers })).status);
  await ask({ 'x-api-key': text });
  await ask({});
  const exchanged = await fetch(url + '/jwt', { method: 'POST', body: new URLSearchParams({ oid, secret: text }) });
  const { jwt } = (await exchanged.json()) as { jwt: string };
  await ask({ authorization: 'Bearer ' + jwt });
  await kit.close();
  await service.close();
  await store.close();
  server.close();
  console.log(statuses.join(' '));
}
void main();
`;

const wanted = process.argv.slice(2);

process.exitCode = await withPacked(async (tarballs, folder) => {
  const rows = [];
  let failed = 0;
  for (const [name, change] of Object.entries(axes)) {
    if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
    const consumer = { ...base, ...change };
    const result = tryOne(join(folder, name), consumer, tarballs);
    const { express, modules, node, typescript, module, installer } = consumer;
    rows.push([name, express, modules, node, typescript, module, installer, result.size, result.outcome]);
    if (!/^(?:ok|skipped)/.test(result.outcome)) failed += 1;
    rmSync(join(folder, name), { recursive: true, force: true });
    console.log(`${name}: ${result.outcome}`);
  }
  printTable([
    ['consumer', 'express', 'modules', 'node', 'typescript', 'module', 'installer', 'packages, MB', 'outcome'],
    ...rows,
  ]);
  console.log(`budget of the base: ${BUDGET.packages} packages, ${BUDGET.mb} MB`);
  console.log(`${rows.length} consumers, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});

/**
 * @param {string} home
 * @param {Consumer} consumer
 * @param {readonly string[]} tarballs
 */
function tryOne(home, consumer, tarballs) {
  const node = consumer.node === 'this' ? process.execPath : process.env[`NODE_${consumer.node}`];
  if (node === undefined || !existsSync(node))
    return { size: '', outcome: `skipped: NODE_${consumer.node} names no program` };
  mkdirSync(home, { recursive: true });
  try {
    install(home, consumer, tarballs, {});
    const { packages, mb } = measure(home);
    const size = `${packages}, ${mb}`;
    if (isBudgeted(consumer) && (packages > BUDGET.packages || mb > BUDGET.mb)) {
      return { size, outcome: 'over the budget' };
    }
    const typed = {
      typescript: `~${consumer.typescript}.0`,
      '@types/node': '^20',
      '@types/express': `^${consumer.express}`,
    };
    install(home, consumer, tarballs, typed);
    compile(home, consumer);
    const answered = execFileSync(node, ['out/program.js'], { cwd: home, encoding: 'utf8', timeout: 60_000 }).trim();
    return { size, outcome: answered === '200 401 200' ? 'ok: 200 401 200' : answered };
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
    dependencies: { ...ours, express: `^${express}.0.0`, libsql: '^0.5.29' },
    devDependencies: more,
  };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  if (installer === 'pnpm') {
    const overrides = Object.entries(ours).map(([name, file]) => `  '${name}': '${file}'\n`);
    writeFileSync(join(home, 'pnpm-workspace.yaml'), `packages: []\noverrides:\n${overrides.join('')}`);
  }
  const words =
    installer === 'npm' ? ['npm', 'install', '--no-audit', '--no-fund'] : ['npx', '--yes', 'pnpm@12', 'install'];
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

/** The budget is that of the base; another Express or installer has other packages. @param {Consumer} consumer */
function isBudgeted({ express, installer }) {
  return express === base.express && installer === base.installer;
}

/** @param {string} home */
function measure(home) {
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
