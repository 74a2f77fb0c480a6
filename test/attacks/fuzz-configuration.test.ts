import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionError } from '@flairgate/core';
import fc from 'fast-check';
import { readSettings } from 'flairgate/internal';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EVERYTHING } from '../../packages/cli/test/every-setting.js';
import { COMMAND } from '../cluster/processes.ts';
import { runs } from '../runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'flairgate-fuzz-'));
const file = join(folder, 'flairgate.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

/** A value of the file that no message may repeat. */
const MARK = 'hunter2-marked';

/** Reads a file as `flairgate serve` does. Returns the settings, or the message of the refusal. */
async function outcomeOf(text: string): Promise<string> {
  writeFileSync(file, text);
  try {
    return `settings ${JSON.stringify(await readSettings({}, file, () => undefined))}`;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    // A text that is too deep ends the parser at a line that depends on the stack of the caller.
    return `refused ${error.message.replace(/ \(line \d+\)$/, '')}`;
  }
}

async function expectOneAnswer(text: string): Promise<string> {
  const outcome = await outcomeOf(text);
  expect(await outcomeOf(text)).toBe(outcome);
  if (outcome.startsWith('refused')) expect(outcome).not.toContain(MARK);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  return outcome.split(' ')[0] ?? '';
}

const prototypeNames = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '');
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(MARK, -1, 0, 1e308, 2 ** 53, Number.MAX_SAFE_INTEGER, true, null, [], {}, [MARK], { a: MARK }),
  fc.dictionary(fc.oneof(prototypeNames, fc.string()), fc.jsonValue({ maxDepth: 1 })),
  fc.constant({ polluted: true }),
);

type Members = Record<string, unknown>;
const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null;

/** Puts a value at a place of a document: a way down its members, of which the last one is replaced or added. */
function changed(document: unknown, way: readonly number[], name: string | undefined, value: unknown): unknown {
  const [first = 0, ...rest] = way;
  if (!isMembers(document)) return value;
  const copy: Members = Array.isArray(document) ? Object.assign([], document) : { ...document };
  const names = Object.keys(copy);
  const at = names[first % Math.max(1, names.length)];
  const isHere = rest.length === 0 || at === undefined;
  const target = isHere ? (name ?? at ?? 'a') : at;
  const put = isHere ? value : changed(copy[target], rest, name, value);
  // `__proto__` is to be a member, as a parser makes it one.
  Object.defineProperty(copy, target, { value: put, enumerable: true, writable: true, configurable: true });
  return copy;
}

const everything: unknown = parse(EVERYTHING);

describe('the configuration file of flairgate serve', { timeout: 120_000 }, () => {
  it('I-04, T-O02: a file with every setting is read, so that what follows can tell the difference', async () => {
    expect(await expectOneAnswer(EVERYTHING)).toBe('settings');
    expect(await expectOneAnswer(JSON.stringify(everything))).toBe('settings');
  });

  it('I-04, T-O02, J-08: random members, types and prototype names are settings or a refusal, and quote no value', async () => {
    const way = fc.array(fc.nat(40), { minLength: 1, maxLength: 5 });
    const name = fc.option(fc.oneof(prototypeNames, fc.string({ maxLength: 12 })), { nil: undefined });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(way, name, odd, async (places, member, value) => {
        seen.add(await expectOneAnswer(JSON.stringify(changed(everything, places, member, value))));
      }),
      { numRuns: runs(1500) },
    );
    expect([...seen].sort()).toEqual(['refused', 'settings']);
  });

  it('I-04, J-08: random text and mutated YAML are settings or a refusal', async () => {
    const piece = fc.oneof(
      fc.string({ unit: fc.constantFrom(...':-{}[]&*!|>?%@`"\'# \n\t,a1~<'), maxLength: 12 }),
      fc.constantFrom('<<: *a\n', '&a [*a]', '!!js/function', '? {a: b}\n', '---\n', '...\n', '\u2028', '\ufeff', '\0'),
    );
    const mutation = fc.tuple(fc.nat(EVERYTHING.length), fc.nat(30), piece);
    const mutated = fc
      .array(mutation, { minLength: 1, maxLength: 3 })
      .map((all) => all.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), EVERYTHING));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          mutated,
          fc.array(piece).map((all) => all.join('')),
          fc.json(),
        ),
        async (text) => {
          await expectOneAnswer(text);
        },
      ),
      { numRuns: runs(1000) },
    );
  });

  const aliases = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}, *a${at}]`);
  const hostile: readonly (readonly [string, string])[] = [
    ['deep lists', `keys: ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['deep maps', Array.from({ length: 3000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
    ['aliases of aliases', `a0: &a0 [x]\n${aliases.join('\n')}`],
    ['an alias of itself', 'limits: &a { a: *a }'],
    ['a member named __proto__', 'limits: { __proto__: { polluted: true } }'],
    ['a member named constructor', 'limits: { constructor: 5 }'],
    ['a merge of __proto__', '<<: { __proto__: { polluted: true } }'],
    ['a tag of a program', 'tokens: !!js/function "return process"'],
    ['bytes of no text', '\0\u0001\u0002'],
    ['a value of a megabyte', `tokens: { audience: [${'x'.repeat(1_000_000)}] }`],
    ['hundreds of unknown members', Array.from({ length: 300 }, (_, at) => `member${at}: 1`).join('\n')],
  ];

  it.each(hostile)('I-04, J-06, T-O02: a file with %s is refused by name', async (_, text) => {
    expect(await expectOneAnswer(text)).toBe('refused');
  });

  it('I-04, T-O02: flairgate serve ends with one line about the file, and opens nothing', () => {
    writeFileSync(file, `tokens: { audience: [${MARK}] }`);
    const env = { PATH: process.env.PATH ?? '', FLAIRGATE_DATA: join(folder, 'data') };
    const args = [COMMAND, 'serve', '--port', '0', '--config', file];
    const ended = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 });
    expect(ended.status, ended.stderr).toBeGreaterThan(0);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toContain(file);
    expect(ended.stderr + ended.stdout).not.toContain(MARK);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });
});
