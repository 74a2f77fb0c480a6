// Builds the site from the documents: `npx --yes pnpm@12 run site`. Its tools are installed at the first run.
//
// The documents are read on GitHub first, so their links are those of the repository. This script copies them, turns
// links to files that are no page into addresses on GitHub, generates the API reference, runs VitePress, and checks
// every link and every anchor of what it built. The result is `.dev/site/dist`.

// @ts-check
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installTools, root } from '../packed.js';
import { checkLinks } from './check-links.js';

const here = dirname(fileURLToPath(import.meta.url));
const pages = join(here, '.pages');
const repository = 'https://github.com/flairgate/flairgate';
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#3451b2"/>
<path d="M11 7H7v18h4M21 7h4v18h-4" fill="none" stroke="#fff" stroke-width="3"/></svg>
`;

/** Path in the repository to path of the page. */
const sources = new Map([
  ['README.md', 'index.md'],
  ...['CHANGELOG.md', 'CONTRIBUTING.md'].map((name) => /** @type {const} */ ([name, name])),
  // Its own name differs from that of `docs/security.md` by letter case alone, which the builder takes for one page.
  ['SECURITY.md', 'security-policy.md'],
  ...listMarkdown('docs').map((path) => /** @type {const} */ ([path, toPage(path)])),
  ...['packages', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}/README.md`)
      .filter((path) => existsSync(join(root, path)))
      .map((path) => /** @type {const} */ ([path, path.replace('/README.md', '.md')])),
  ),
]);

installTools('site');
rmSync(pages, { recursive: true, force: true });
for (const [path, page] of sources) copyPage(path, page);
writeReference();
mkdirSync(join(pages, 'public'), { recursive: true });
cpSync(join(root, 'llms.txt'), join(pages, 'public', 'llms.txt'));
writeFileSync(join(pages, 'public', 'icon.svg'), icon);
run('vitepress', 'vitepress', 'bin/vitepress.js', ['build', here]);
console.log(`${sources.size} pages and the API reference: ${join('.dev', 'site', 'dist')}`);
checkLinks(join(here, 'dist'));

/**
 * A page about a code has a short address, because it is the `type` of a problem document.
 *
 * @param {string} path
 */
function toPage(path) {
  return path.replace(/^docs\//, '').replace(/^errors\/\w+\//, 'errors/');
}

/**
 * @param {string} folder
 * @returns {readonly string[]}
 */
function listMarkdown(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/**
 * @param {string} path
 * @param {string} page
 */
function copyPage(path, page) {
  const text = readFileSync(join(root, path), 'utf8')
    .replaceAll(/\]\((?!#)([^)\s]+)\)/g, (_, link) => `](${toLink(path, page, link)})`)
    // Vue would read angle brackets and double braces of the text.
    .replaceAll('{{', '&#123;&#123;');
  const file = join(pages, page);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/**
 * Turns a link of a document into one of the site.
 *
 * @param {string} path
 * @param {string} page
 * @param {string} link
 */
function toLink(path, page, link) {
  const [target = '', anchor] = link.split('#');
  const ending = anchor === undefined ? '' : `#${anchor}`;
  const ours = new RegExp(`^${repository}/(?:blob|tree)/main/`);
  if (/^https?:/.test(target) && !ours.test(target)) return link;
  const file = ours.test(target) ? target.replace(ours, '') : posix.join(posix.dirname(path), target);
  const found = sources.get(file) ?? sources.get(`${file.replace(/\/$/, '')}/README.md`);
  if (found !== undefined) {
    const relative = posix.relative(posix.dirname(page), found);
    return `${relative.startsWith('.') ? '' : './'}${relative}${ending}`;
  }
  const kind = statSync(join(root, file)).isDirectory() ? 'tree' : 'blob';
  return `${repository}/${kind}/main/${file}${ending}`;
}

function writeReference() {
  const entries = ['core', 'stores', 'express', 'server', 'client'].flatMap((name) => {
    const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    return Object.entries(exports)
      .filter(([subpath, target]) => typeof target !== 'string' && subpath !== './internal')
      .map(([, target]) => join(root, 'packages', name, target.types.default));
  });
  const config = join(here, 'tsconfig.json');
  const options = [
    '--plugin',
    'typedoc-plugin-markdown',
    '--entryFileName',
    'index',
    '--out',
    join(pages, 'api'),
    '--readme',
    'none',
    '--name',
    'API reference',
    '--hidePageHeader',
  ];
  const quiet = ['--skipErrorChecking', '--excludePrivate', '--hideBreadcrumbs', '--logLevel', 'Error'];
  run('typedoc', 'typedoc', 'bin/typedoc', [...options, ...quiet, '--tsconfig', config, ...entries]);
  renameDist(join(pages, 'api'));
}

/**
 * Renames folders called `dist`, where the declarations are, because VitePress leaves them out, and titles each page of
 * an entry as it is imported.
 *
 * @param {string} folder
 */
function renameDist(folder) {
  for (const name of readdirSync(folder)) {
    const dist = join(folder, name, 'dist');
    if (existsSync(dist)) renameSync(dist, join(folder, name, 'entry'));
  }
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.md'),
  )) {
    const file = join(folder, name);
    const text = readFileSync(file, 'utf8')
      .replaceAll('/dist/', '/entry/')
      .replaceAll(/^(# |- \[)(client|core|express|server|stores)\/(?:dist|entry)(?=[/\]\n])/gm, '$1@flairgate/$2');
    writeFileSync(file, text);
  }
}

/**
 * @param {string} name
 * @param {string} folder
 * @param {string} program
 * @param {readonly string[]} words
 */
function run(name, folder, program, words) {
  console.log(`== ${name}`);
  execFileSync(process.execPath, [join(here, 'node_modules', folder, program), ...words], {
    cwd: here,
    stdio: 'inherit',
  });
}
