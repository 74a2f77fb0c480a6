import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const top = fileURLToPath(new URL('../../', import.meta.url));
/** Inside this package, so that the examples find what it depends on. */
const folder = join(top, 'test', 'dist', 'docs-examples');

const packages = readdirSync(join(top, 'packages')).map((name) => `packages/${name}/README.md`);
const pages = ['README.md', ...readdirSync(join(top, 'docs')).map((name) => `docs/${name}`), ...packages];

interface Example {
  readonly name: string;
  readonly source: string;
}

function examplesOf(page: string): readonly Example[] {
  if (!page.endsWith('.md')) return [];
  const text = readFileSync(join(top, page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, source = ''], index) => ({
    name: `${page.replaceAll(/[^\w]/g, '-')}-${index + 1}.ts`,
    source,
  }));
}

/** What the examples of docs/resources.md import of each other, and the table they speak of. */
const companions: readonly Example[] = [
  { name: 'rules.ts', source: examplesOf('docs/resources.md')[0]?.source ?? '' },
  {
    name: 'db.ts',
    source: `import type { Kysely } from 'kysely';
type Text = string | null;
type Owned = { oid: Text; created_by: Text; locked_by: Text; secret_to: Text };
export declare const db: Kysely<{ rule: Owned & { id: string; name: string; data: Text; etag: string } }>;`,
  },
];

function typeErrors(examples: readonly Example[]): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, source } of [...companions, ...examples]) {
    writeFileSync(join(folder, name), `${source}\nexport {};\n`);
  }
  const compilerOptions = { noEmit: true, composite: false, declaration: false, rootDir: folder, types: ['node'] };
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

describe('the examples in the documents', () => {
  const examples = pages.flatMap(examplesOf);

  it('compile as they stand', () => {
    expect(examples.length).toBeGreaterThan(2);
    expect(typeErrors(examples)).toBe('');
  });

  it('are really compiled', () => {
    expect(typeErrors([{ name: 'wrong.ts', source: "import { createGat } from '@flairgate/express';" }])).toContain(
      'createGat',
    );
  });

  it('name only files that exist', () => {
    for (const page of pages.filter((name) => name.endsWith('.md'))) {
      const links = [...readFileSync(join(top, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
        ([, link = '']) => link,
      );
      for (const link of links)
        expect(() => readdirOrFile(join(top, page, '..', link)), `${page}: ${link}`).not.toThrow();
    }
  });
});

function readdirOrFile(path: string): void {
  try {
    readdirSync(path);
  } catch {
    readFileSync(path);
  }
}
