import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { top } from './type-check.ts';

/** A function or class that an entry of a package promises. */
export interface PublicFunction {
  readonly name: string;
  /** Import specifier of the entry, for example `@flairgate/core/tokens`. */
  readonly entry: string;
  /** Source file that declares it, from the top of the repository. */
  readonly file: string | undefined;
  /** Code of each `@example` in its doc comment. */
  readonly examples: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

const packages = ['core', 'express', 'server', 'client', 'stores'];

/** Lists the functions and classes of every public entry. `internal` of core promises nothing. */
export async function listPublicFunctions(): Promise<readonly PublicFunction[]> {
  const all = (await Promise.all(packages.map(functionsOfPackage))).flat();
  // Names of core that other packages export again are documented in core.
  return all.filter(({ entry, file, name }) => file !== undefined || !isOfCore(all, entry, name));
}

function isOfCore(all: readonly PublicFunction[], entry: string, name: string): boolean {
  const core = '@flairgate/core';
  return !entry.startsWith(core) && all.some((other) => other.entry.startsWith(core) && other.name === name);
}

async function functionsOfPackage(folder: string): Promise<readonly PublicFunction[]> {
  const base = join(top, 'packages', folder);
  const { name, exports }: Manifest = JSON.parse(readFileSync(join(base, 'package.json'), 'utf8'));
  const sources = readSources(join(base, 'src'));
  const entries = Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string' || path === './internal' ? [] : [{ entry: name + path.slice(1), file: target.default }],
  );
  const found = entries.map(async ({ entry, file }) =>
    (await functionNames(join(base, file))).map((each) => ({ name: each, entry, ...findDocumented(each, sources) })),
  );
  return (await Promise.all(found)).flat();
}

async function functionNames(file: string): Promise<readonly string[]> {
  const module: Readonly<Record<string, unknown>> = await import(/* @vite-ignore */ pathToFileURL(file).href);
  return Object.keys(module).filter((name) => typeof module[name] === 'function');
}

type Sources = ReadonlyMap<string, string>;

function readSources(folder: string): Sources {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  return new Map(paths.map((path) => [join(folder, path), readFileSync(join(folder, path), 'utf8')]));
}

function findDocumented(name: string, sources: Sources): Pick<PublicFunction, 'file' | 'examples'> {
  const declaration = new RegExp(`^export (?:async )?(?:function\\*?|class|const) ${name}\\b`, 'm');
  for (const [path, text] of sources) {
    const at = declaration.exec(text)?.index;
    if (at !== undefined) return { file: path.slice(top.length), examples: examplesBefore(text.slice(0, at)) };
  }
  return { file: undefined, examples: [] };
}

/** The examples of the doc comment that a text ends with. */
export function examplesBefore(text: string): readonly string[] {
  const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(text)?.[0] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^\s*(?:\/\*\*|\*\/|\* ?)/, ''));
  return lines
    .join('\n')
    .split(/^@/m)
    .flatMap((tag) => (tag.startsWith('example\n') ? [tag.slice('example\n'.length).trim()] : []));
}
