// Runs before a package is packed or published, in the folder of the package. Stops what would reach npm broken:
// only pnpm replaces `workspace:` by versions, and a package without its build is empty.

// @ts-check
import { existsSync, readFileSync } from 'node:fs';

const agent = process.env.npm_config_user_agent ?? '';
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

for (const complaint of complaints()) {
  process.stderr.write(`${manifest.name}: ${complaint}\n`);
  process.exitCode = 1;
}

function* complaints() {
  const left = ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap((field) =>
    Object.entries(manifest[field] ?? {}).filter(([, range]) => String(range).startsWith('workspace:')),
  );
  if (!agent.startsWith('pnpm/') && left.length > 0) {
    yield `"workspace:" would stay in ${left.map(([name]) => name).join(', ')}; type: pnpm publish`;
  }
  for (const file of ['LICENSE', 'README.md', ...targetsOf(manifest.exports)]) {
    if (!existsSync(file)) yield `${file} is missing; type: pnpm build`;
  }
}

/**
 * Files that an `exports` map names, at any depth.
 *
 * @param {unknown} exports
 * @returns {readonly string[]}
 */
function targetsOf(exports) {
  if (typeof exports === 'string') return [exports];
  return Object.values(exports ?? {}).flatMap(targetsOf);
}
