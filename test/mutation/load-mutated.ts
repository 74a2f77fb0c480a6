import { existsSync, readFileSync } from 'node:fs';
import type { LoadHook } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

let folder = '';

/** Takes the folder of the mutated files. */
export function initialize(data: { readonly folder: string }): void {
  folder = data.folder;
}

/** Gives Node a mutated file in place of the built one. */
export const load: LoadHook = (url, context, nextLoad) => {
  const mutated = url.startsWith('file:') ? mutatedPath(folder, fileURLToPath(url)) : undefined;
  if (mutated === undefined || !existsSync(mutated)) return nextLoad(url, context);
  return { format: 'module', source: readFileSync(mutated, 'utf8'), shortCircuit: true };
};

/** Returns where the mutated text of a built file is, if it has one. */
export function mutatedPath(into: string, built: string): string | undefined {
  const [, name] = /\/packages\/([^/]+\/dist\/.*\.js)$/.exec(built) ?? [];
  return name === undefined ? undefined : `${into}/${basename(name.replaceAll('/', '__'))}`;
}
