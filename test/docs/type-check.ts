import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const top = fileURLToPath(new URL('../../', import.meta.url));

/** A module of TypeScript that is compiled with others. */
export interface Example {
  readonly name: string;
  readonly source: string;
}

/** Compiles modules as one program, in a folder of this package, and returns the errors of the compiler. `more` are its options. */
export function typeErrors(
  folderName: string,
  examples: readonly Example[],
  more: Readonly<Record<string, unknown>> = {},
): string {
  const folder = join(top, 'test', 'dist', folderName);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, source } of examples) writeFileSync(join(folder, name), `${source}\nexport {};\n`);
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declaration: false,
    rootDir: folder,
    types: ['node'],
    ...more,
  };
  const settings = { extends: join(top, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  try {
    execFileSync(process.execPath, [join(top, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder], {
      stdio: 'pipe',
    });
    return '';
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
}
