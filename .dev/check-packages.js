// Packs every package and checks what people would install: publint, "Are the types wrong?", links, sizes.
// Prints one line for each package and exits with 1 if there is a finding.

// @ts-check
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installTools, printTable, readTarball, root, withPacked } from './packed.js';

/**
 * Largest size of each tarball, in KB. A package that passes it needs a reason, and a new number here.
 *
 * @type {Readonly<Record<string, number>>}
 */
const BUDGET_KB = {
  '@flairgate/client': 50,
  // Two thirds are Swagger UI, whole and compressed twice.
  '@flairgate/console': 2000,
  '@flairgate/core': 450,
  '@flairgate/express': 150,
  '@flairgate/server': 110,
  '@flairgate/stores': 90,
  flairgate: 140,
};

/**
 * Most packages that the package brings along, those of this repository counted. Drivers and other peers are not.
 *
 * @type {Readonly<Record<string, number>>}
 */
const BUDGET_PACKAGES = {
  '@flairgate/client': 0,
  '@flairgate/console': 0,
  '@flairgate/core': 22,
  '@flairgate/express': 40,
  '@flairgate/server': 105,
  '@flairgate/stores': 25,
  flairgate: 170,
};

/**
 * Findings that are as we want them, with the reason. They are printed once, and counted.
 *
 * @type {Readonly<Record<string, string>>}
 */
const EXPLAINED = {
  'attw CJSResolvesToESM': `require() loads an ES module, which every version of Node that the packages support does
  (20.19 and newer). The consumers' table has the runs.`,
  'attw FalseCJS': `The declarations for require() are CommonJS ones of the same names, so that "module": "node16"
  compiles. What require() returns has exactly these names. The rule is about default imports; the packages have none.`,
  'publint EXPORTS_TYPES_INVALID_FORMAT': 'As FalseCJS: the packages have no default export.',
};

const release = join(root, '.dev', 'release');

process.exitCode = await main();

async function main() {
  execFileSync(process.execPath, [join(root, '.dev', 'build.js')], { stdio: 'inherit' });
  installTools('release');
  return withPacked(async (tarballs, folder) => {
    const results = [];
    for (const tarball of tarballs) results.push(await check(tarball, countPackages(tarball, tarballs, folder)));
    printTable([
      ['package', 'files', 'packed KB', 'budget', 'unpacked KB', 'brings', 'budget', 'publint', 'attw', 'ours'],
      ...results.map(({ row }) => row),
    ]);
    const findings = results.flatMap((result) => result.findings);
    for (const finding of findings) console.log(finding);
    const seen = new Set(results.flatMap(({ explained }) => explained));
    for (const kind of seen) console.log(`explained: ${kind}. ${EXPLAINED[kind]?.replaceAll(/\s+/g, ' ')}`);
    console.log(`${results.length} packages, ${findings.length} findings, ${seen.size} kinds explained`);
    return findings.length === 0 ? 0 : 1;
  });
}

/**
 * Returns how many packages an install of one package brings into an empty project.
 *
 * @param {string} tarball
 * @param {readonly string[]} tarballs
 * @param {string} folder
 */
function countPackages(tarball, tarballs, folder) {
  const { name } = readTarball(tarball).manifest;
  const home = join(folder, `brings-${name.replaceAll(/\W/g, '-')}`);
  mkdirSync(home);
  const ours = tarballs.map((file) => [readTarball(file).manifest.name, `file:${file}`]);
  const overrides = Object.fromEntries(ours.filter(([other]) => other !== name));
  const manifest = { name: 'project', private: true, dependencies: { [name]: `file:${tarball}` }, overrides };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  const words = ['install', '--package-lock-only', '--omit=peer', '--no-audit', '--no-fund'];
  execFileSync('npm', words, { cwd: home, stdio: 'pipe', timeout: 120_000 });
  const { packages } = JSON.parse(readFileSync(join(home, 'package-lock.json'), 'utf8'));
  const all = /** @type {{ peer?: boolean, optional?: boolean }[]} */ (Object.values(packages));
  // The project and the package itself are no part of what it brings.
  return all.filter(({ peer, optional }) => peer !== true && optional !== true).length - 2;
}

/**
 * @param {string} tarball
 * @param {number} brings
 */
async function check(tarball, brings) {
  const packed = readTarball(tarball);
  const { name } = packed.manifest;
  const kb = Math.ceil(statSync(tarball).size / 1024);
  const budget = BUDGET_KB[name] ?? 0;
  const large = kb > budget ? [`${kb} KB are more than the budget of ${budget} KB`] : [];
  const most = BUDGET_PACKAGES[name] ?? 0;
  const many = brings > most ? [`${brings} packages are more than the budget of ${most}`] : [];
  const own = [...problemsOf(packed), ...large, ...many].map((text) => ({ kind: 'ours', text }));
  const lint = await runPublint(tarball);
  const types = runAttw(tarball);
  const figures = [packed.files.length, kb, budget, Math.ceil(packed.bytes / 1024), brings, most].map(String);
  return {
    row: [name, ...figures, ...[lint, types, own].map(toCell)],
    findings: [...lint, ...types, ...own].filter(isOpen).map(({ kind, text }) => `${name}: ${kind}: ${text}`),
    explained: [...lint, ...types].filter((finding) => !isOpen(finding)).map(({ kind }) => kind),
  };
}

/** @typedef {{ readonly kind: string, readonly text: string }} Finding */

/** @param {Finding} finding */
function isOpen({ kind }) {
  return !Object.hasOwn(EXPLAINED, kind);
}

/** @param {readonly Finding[]} findings */
function toCell(findings) {
  const open = findings.filter(isOpen).length;
  const explained = findings.length - open;
  if (findings.length === 0) return 'clean';
  return [...(open > 0 ? [`${open} open`] : []), ...(explained > 0 ? [`${explained} explained`] : [])].join(', ');
}

/** @param {ReturnType<typeof readTarball>} packed */
function problemsOf({ files, text, all, manifest }) {
  const links = [...text('README.md').matchAll(/\]\((?!https:|#)([^)]*)\)/g)].map(([, link]) => link);
  const missing = ['LICENSE', 'README.md', 'package.json'].filter((file) => !files.includes(file));
  const extra = files.filter((file) => file.endsWith('.map') || /(^|\/)\.|(^|\/)(?:test|src)\//.test(file));
  return [
    ...links.map((link) => `README.md has the relative link ${link}`),
    ...missing.map((file) => `${file} is missing`),
    ...extra.map((file) => `${file} does not belong into the package`),
    ...(JSON.stringify(manifest).includes('workspace:') ? ['package.json has "workspace:"'] : []),
    ...(/^\/\/# sourceMappingURL=/m.test(all()) ? ['a file names a source map, and none is shipped'] : []),
    ...(manifest.scripts === undefined ? [] : Object.keys(manifest.scripts))
      .filter((script) => /^(?:pre|post)?install$|^prepare$/.test(script))
      .map((script) => `${script} would run at the users'`),
  ];
}

/**
 * @param {string} tarball
 * @returns {Promise<readonly Finding[]>}
 */
async function runPublint(tarball) {
  const require = createRequire(join(release, 'package.json'));
  const { publint } = await import(pathToFileURL(require.resolve('publint')).href);
  const { formatMessage } = await import(pathToFileURL(require.resolve('publint/utils')).href);
  const bytes = readFileSync(tarball);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  return messages.map((/** @type {{ code: string }} */ message) => ({
    kind: `publint ${message.code}`,
    text: formatMessage(message, pkg, { color: false }),
  }));
}

/**
 * @param {string} tarball
 * @returns {readonly Finding[]}
 */
function runAttw(tarball) {
  const program = join(release, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  // Its answer is longer than a pipe holds, and it exits without waiting for one.
  const answer = `${tarball}.attw.json`;
  const file = openSync(answer, 'w');
  const { stderr } = spawnSync(process.execPath, [program, tarball, '--format', 'json'], {
    encoding: 'utf8',
    stdio: ['ignore', file, 'pipe'],
  });
  closeSync(file);
  const text = readFileSync(answer, 'utf8');
  if (text === '') return [{ kind: 'attw', text: stderr }];
  const { analysis } = JSON.parse(text);
  return (analysis.problems ?? []).map((/** @type {{ kind: string }} */ problem) => ({
    kind: `attw ${problem.kind}`,
    text: JSON.stringify(problem),
  }));
}
