import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Example, top, typeErrors } from './type-check.ts';

const packages = readdirSync(join(top, 'packages')).map((name) => `packages/${name}/README.md`);
const documents = readdirSync(join(top, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`);
const examples = readdirSync(join(top, 'examples'));
const stories = examples.map((name) => `examples/${name}/README.md`);
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...documents, ...packages];

function examplesOf(page: string): readonly Example[] {
  if (!page.endsWith('.md')) return [];
  const text = readFileSync(join(top, page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, source = ''], index) => ({
    name: `${page.replaceAll(/[^\w]/g, '-')}-${index + 1}.ts`,
    source,
  }));
}

/** Modules that the examples of docs/resources.md import: each other, and the tables. */
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

/** The anchors of a page: those that GitHub makes of its headings, and those that the page names itself. */
function anchorsOf(page: string): ReadonlySet<string> {
  const text = readFileSync(page, 'utf8');
  const named = [...text.matchAll(/<a (?:id|name)="([^"]+)">/g)].map(([, name = '']) => name);
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) => title);
  const plain = headings.map((title) => title.replaceAll(/\]\([^)]*\)/g, '').toLowerCase());
  const made = plain.map((title) => title.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
  return new Set([...named, ...made]);
}

/** Texts of all tests that run whole programs. */
function testTexts(): string {
  const names = readdirSync(join(top, 'test', 'flow'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts'));
  return files.map((name) => readFileSync(join(top, 'test', 'flow', name), 'utf8')).join('\n');
}

describe('the folders of examples', () => {
  it('each folder of examples has a README that the README of the repository names, and a test that runs it', () => {
    expect(examples.length).toBeGreaterThan(6);
    const [front, tests] = [readFileSync(join(top, 'README.md'), 'utf8'), testTexts()];
    for (const [at, name] of examples.entries()) {
      expect(front, name).toContain(`](${stories[at]})`);
      const isRun = new RegExp(`example: '${name}'|examples/${name}/|@flairgate/example-${name}'`).test(tests);
      expect(isRun, `a test runs examples/${name}`).toBe(true);
    }
  });

  it('the folders of examples link to files that exist', () => {
    const broken = stories.flatMap((page) => {
      const links = [...readFileSync(join(top, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
      const files = links.map(([, link = '']) => join(page, '..', link));
      return files.filter((file) => !existsSync(join(top, file))).map((file) => `${page}: ${file}`);
    });
    expect(broken).toEqual([]);
  });
});

describe('the examples in the documents', () => {
  const sources = pages.flatMap(examplesOf);

  it('the examples in the documents compile as they stand', () => {
    expect(sources.length).toBeGreaterThan(2);
    expect(typeErrors('docs-examples', [...companions, ...sources])).toBe('');
  });

  it('the examples in the documents are really compiled', () => {
    const wrong = { name: 'wrong.ts', source: "import { createGat } from '@flairgate/express';" };
    expect(typeErrors('docs-examples', [wrong])).toContain('createGat');
  });

  it('the READMEs of packages have whole addresses, since npm shows them, and each leads to a file', () => {
    const ours = 'https://github.com/flairgate/flairgate/';
    for (const page of packages) {
      const links = [...readFileSync(join(top, page), 'utf8').matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => link);
      expect(links.filter((link) => !link.startsWith('https://'))).toEqual([]);
      const files = links.filter((link) => link.startsWith(ours)).map((link) => link.slice(ours.length));
      expect(files.length, page).toBeGreaterThan(0);
      for (const file of files) {
        const path = file.replace(/^(?:blob|tree)\/main\//, '');
        expect(() => readdirOrFile(join(top, path)), `${page}: ${file}`).not.toThrow();
      }
    }
  });

  it('the links to headings lead to headings that exist', () => {
    const links = pages
      .filter((page) => page.endsWith('.md'))
      .flatMap((page) =>
        [...readFileSync(join(top, page), 'utf8').matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)].map(
          ([, path = '', anchor = '']) => ({ page, anchor, target: path === '' ? page : join(page, '..', path) }),
        ),
      );
    expect(links.length).toBeGreaterThan(50);
    const broken = links.filter(({ target, anchor }) => !anchorsOf(join(top, target)).has(anchor));
    expect(broken.map(({ page, target, anchor }) => `${page}: ${target}#${anchor}`)).toEqual([]);
  });

  it('llms.txt names every page of the documents, and no other', () => {
    const listed = [...readFileSync(join(top, 'llms.txt'), 'utf8').matchAll(/\/blob\/main\/(docs\/[^)]+\.md)\)/g)];
    const expected = documents.filter((page) => /^docs\/(?!errors\/|decisions\/).*\.md$/.test(page));
    expect(listed.map(([, page]) => page).sort()).toEqual(expected.sort());
  });

  it('the examples in the documents name only files that exist', () => {
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
