import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the repository: its path from the top, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const notOurs = new Set(['node_modules', 'dist', 'coverage', '.git', '.flairgate']);
const textFile = /(^|\/)(LICENSE|run|\.[a-z]+)$|\.(ts|tsx|js|json|md|ya?ml|html|css|sh|txt|sql)$/;

/** Lists the paths of every text file we keep, sorted; what is installed or built is left out. */
export function listFiles(): readonly string[] {
  const entries = readdirSync(root, { withFileTypes: true, recursive: false });
  return entries.flatMap((entry) => walk(root, entry.name, entry.isDirectory())).sort();
}

/** Reads the files under the given folders whose path matches. */
export function readFiles(matches: RegExp): readonly SourceFile[] {
  return listFiles()
    .filter((path) => matches.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The code we write: packages, examples and tests, in TypeScript or JavaScript. */
export const sourceCode = /^(packages|examples|test|\.dev)\/.*\.(ts|tsx|js)$/;

/** Matches code that is compiled and shipped, or run as an example. */
export const shippedCode = /^(packages|examples)\/[^/]+\/src\/.*\.tsx?$/;

function walk(folder: string, name: string, isFolder: boolean): readonly string[] {
  const path = join(folder, name);
  // A linked work tree has a file of this name.
  if (name === '.git') return [];
  if (!isFolder) {
    const fromTop = relative(root, path).split(sep).join('/');
    return textFile.test(fromTop) ? [fromTop] : [];
  }
  if (notOurs.has(name)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => walk(path, entry.name, entry.isDirectory()));
}
