import { describe, expect, it } from 'vitest';
import { codeOnly, linesMatching, withoutComments } from './source.ts';
import { listFiles, readFiles, type SourceFile, shippedCode, sourceCode } from './tree.ts';

const shipped = readFiles(shippedCode);
const code = readFiles(sourceCode);
const maxLines = 300;
/** A suite that runs against several stores or servers stays in one piece. */
const maxTestLines = 600;

function tooLong({ path, text }: SourceFile): readonly string[] {
  const lines = text.trimEnd().split('\n').length;
  const most = /(^|\/)test\//.test(path) ? maxTestLines : maxLines;
  return lines > most ? [`${path} has ${lines} lines`] : [];
}

/** Drawers without a label fill with what belongs nowhere. */
function vagueNames(path: string): readonly string[] {
  // The room whose tests are types that compile.
  if (path.startsWith('test/types/')) return [];
  return /(^|\/)(utils?|types|common|shared|helpers?|misc)(\/|\.[jt]sx?$)/.test(path) ? [path] : [];
}

const forbidden: Readonly<Record<string, RegExp>> = {
  any: /(?<=[:<,|&(=]\s*|\bas\s+)\bany\b(?!\s*[(.:=])/g,
  enum: /^[ \t]*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/gm,
  'non-null !': /[\w)\]]!(?![=\w(])/g,
};

function forbiddenSyntax({ path, text }: SourceFile): readonly string[] {
  const bare = codeOnly(text);
  return Object.entries(forbidden).flatMap(([name, pattern]) =>
    linesMatching(bare, pattern).map((line) => `${path}:${line} ${name}`),
  );
}

/** The environment and the console belong to programs; a library takes options and publishes diagnostics. */
function programOnly({ path, text }: SourceFile): readonly string[] {
  if (/^(packages\/cli|examples)\//.test(path)) return [];
  const pattern = /\bprocess\s*\.\s*(?:env|argv|exit|stdout|stderr)\b|\bconsole\s*\.|\bfrom 'node:process'/g;
  return linesMatching(codeOnly(text), pattern).map((line) => `${path}:${line}`);
}

function defaultExports({ path, text }: SourceFile): readonly string[] {
  return linesMatching(codeOnly(text), /^[ \t]*export\s+(?:default\b|\{[^}]*\bas default\b)/gm).map(
    (line) => `${path}:${line}`,
  );
}

/** A letter that looks like another must be written as an escape; in comments it does no harm unless it turns the text. */
function notAscii({ path, text }: SourceFile): readonly string[] {
  const lines = [
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is meant.
    ...linesMatching(withoutComments(text), /[^\x00-\x7f]/g),
    ...linesMatching(text, /[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]/g),
  ];
  return [...new Set(lines)].map((line) => `${path}:${line}`);
}

describe('source', () => {
  it('source is found', () => {
    expect(shipped.length).toBeGreaterThan(30);
    expect(code.length).toBeGreaterThan(shipped.length + 5);
  });

  it(`source has at most ${maxLines} lines a file, ${maxTestLines} in tests`, () => {
    expect(code.flatMap(tooLong)).toEqual([]);
  });

  it('source is in no folder or file called utils, types, common or shared', () => {
    expect(listFiles().flatMap(vagueNames)).toEqual([]);
  });

  it('source has no any, no enum, no non-null assertion', () => {
    expect(code.flatMap(forbiddenSyntax)).toEqual([]);
  });

  it('source reads the environment and prints only in programs', () => {
    expect(shipped.flatMap(programOnly)).toEqual([]);
  });

  it('source has named exports only', () => {
    expect(shipped.flatMap(defaultExports)).toEqual([]);
  });

  it('source is ASCII', () => {
    expect(shipped.flatMap(notAscii)).toEqual([]);
  });
});

describe('the checks of source can fail', () => {
  const core = (text: string): SourceFile => ({ path: 'packages/core/src/a.ts', text });

  it('the checks of source fail on a long file', () => {
    expect(tooLong(core('x;\n'.repeat(maxLines + 1)))).toHaveLength(1);
    expect(tooLong(core('x;\n'.repeat(maxLines)))).toEqual([]);
    expect(tooLong({ path: 'test/flow/a.test.ts', text: 'x;\n'.repeat(maxTestLines + 1) })).toHaveLength(1);
  });

  it('the checks of source fail on a vague name', () => {
    expect(
      ['packages/utils/a.ts', 'packages/core/src/common/a.ts', 'packages/core/src/types.ts'].flatMap(vagueNames),
    ).toHaveLength(3);
    expect(vagueNames('test/types/utils.ts')).toEqual([]);
    expect(vagueNames('test/flow/types/principal.ts')).toHaveLength(1);
  });

  it.each([
    'let a: any;',
    'let a = b as any;',
    'let a: Map<string, any>;',
    'let a: any[];',
    'enum A {}',
    'const enum A {}',
  ])('the checks of source fail on %s', (text) => {
    expect(forbiddenSyntax(core(text))).toHaveLength(1);
  });

  it.each(['a!.b;', 'a()!;', 'a[0]![1];', 'class A { b!: string; }'])('the checks of source fail on %s', (text) => {
    expect(forbiddenSyntax(core(text))).toHaveLength(1);
  });

  it.each([
    'if (!a) b();',
    'a !== b;',
    'a!==b;',
    "'a!';",
    '// any: any!',
    'Promise.any([]);',
    'expect.any(A);',
    '/a!/.test(b)',
  ])('the checks of source do not fail on %s', (text) => {
    expect(forbiddenSyntax(core(text))).toEqual([]);
  });

  it('the checks of source fail on the environment and the console', () => {
    expect(programOnly(core('process.env.A;\nconsole.log(1);'))).toHaveLength(2);
    expect(programOnly({ path: 'packages/cli/src/a.ts', text: 'process.env.A;' })).toEqual([]);
  });

  it('the checks of source fail on a default export', () => {
    expect(defaultExports(core('export default 1;'))).toHaveLength(1);
  });

  it('the checks of source fail on a look-alike letter and a turning mark', () => {
    expect(notAscii(core("const a = '\u0430';"))).toHaveLength(1);
    expect(notAscii(core('// \u202e'))).toHaveLength(1);
    expect(notAscii(core('// RFC 7519 \u00a74.1'))).toEqual([]);
  });
});
