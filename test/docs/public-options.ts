import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './type-check.ts';

/** A type of options that an entry of a package exports. */
export interface OptionType {
  readonly name: string;
  /** Declaration file, from the top of the repository. */
  readonly file: string;
}

const packages = ['core', 'stores', 'express', 'server', 'client'];

/** Lists the types of options that the public entries export: those whose name ends with `Options` or `Defaults`. */
export function publicOptionTypes(): readonly OptionType[] {
  return packages.flatMap((folder) => {
    const { exports } = JSON.parse(readFileSync(join(top, 'packages', folder, 'package.json'), 'utf8'));
    const entries = Object.entries<string | { readonly types: { readonly default: string } }>(exports).flatMap(
      ([path, target]) => (typeof target === 'string' || path === './internal' ? [] : [target.types.default]),
    );
    const names = entries.flatMap(
      (file) =>
        readFileSync(join(top, 'packages', folder, file), 'utf8').match(/\b[A-Z]\w*(?:Options|Defaults)\b/g) ?? [],
    );
    const declarations = readDeclarations(`packages/${folder}/dist`);
    return [...new Set(names)].flatMap((name) => {
      // Undefined for a type of another package.
      const file = declarations.get(name);
      return file === undefined ? [] : [{ name, file }];
    });
  });
}

/** Reads which file of a folder declares each exported type. */
function readDeclarations(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' });
  return new Map(
    paths
      .filter((path) => path.endsWith('.d.ts'))
      .flatMap((path) =>
        [...readFileSync(join(top, folder, path), 'utf8').matchAll(/^export (?:interface|type) (\w+)/gm)].map(
          ([, name = '']) => [name, `${folder}/${path}`] as const,
        ),
      ),
  );
}
