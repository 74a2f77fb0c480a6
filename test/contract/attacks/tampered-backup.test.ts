import { memoryStore, OptionError } from '@flairgate/core';
import { backUp, openBackup, restore } from '@flairgate/core/administration';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningService, runService, seed } from '../../flow/running-service.ts';

const masterKey = Buffer.alloc(32, 5);
let running: RunningService;
let lines: readonly string[];
/** Lines of a later backup of the same database, so with the same key material. */
let later: readonly string[];

async function backedUp(): Promise<readonly string[]> {
  const found: string[] = [];
  await backUp(running.service.context.administration.store, 0, async (line) => void found.push(line));
  return found;
}

beforeAll(async () => {
  running = await runService(await memoryStore({ masterKey }));
  await seed(running);
  lines = await backedUp();
  await seed(running).catch(() => undefined);
  later = await backedUp();
});
afterAll(() => running.close());

/** Returns what comes of opening a file: `opened`, a clear refusal, or the fault. */
async function outcomeOf(tampered: readonly string[]): Promise<string> {
  try {
    await openBackup(async function* () {
      yield* tampered;
    }, masterKey);
    return 'opened';
  } catch (error) {
    return error instanceof OptionError ? 'refused' : `failed with ${String(error)}`;
  }
}

/** Texts in place of a line. */
const strangeLines = [
  '',
  'null',
  '[]',
  '{}',
  '0',
  '"text"',
  '[null,null]',
  '["key",{}]',
  '["key",null]',
  '["key",[]]',
  '["revision",{}]',
  '["revision",{"id":1,"incarnation":7,"n":"x","prunedTo":{}}]',
  '["revision",{"id":1,"incarnation":"__proto__","n":1e400,"prunedTo":-1}]',
  '["material",{}]',
  '["material",{"name":"at-rest","wrapping":"x","sealed":1}]',
  '["__proto__",{"n":1}]',
  '["constructor",{}]',
  '{"rows":1,"seal":""}',
  '{"rows":-1,"seal":"AAAA"}',
  '{"flairgate":"backup","format":-1,"at":0}',
  '{"flairgate":"backup","format":1e400,"at":0}',
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  `["key",{"text":"${'x'.repeat(1_000_000)}"}]`,
  '\ufeff{"flairgate":"backup","format":5,"at":0}',
];

type Tamper = (given: readonly string[], at: number) => readonly string[];

const tampers: Readonly<Record<string, Tamper>> = {
  'a line removed': (given, at) => given.toSpliced(at, 1),
  'a line twice': (given, at) => given.toSpliced(at, 0, given[at] ?? ''),
  'two lines in another order': (given, at) => given.toSpliced(at, 2, given[at + 1] ?? given[0] ?? '', given[at] ?? ''),
  'the end of a later backup': (given, at) => [...given.slice(0, at), ...later.slice(Math.min(at, later.length - 1))],
  'a line of a later backup': (given, at) => given.toSpliced(at, 1, `${later[at] ?? ''} `),
  'cut here': (given, at) => given.slice(0, at),
  'cut in the line': (given, at) => [...given.slice(0, at), (given[at] ?? '').slice(0, -1)],
  'a space in the line': (given, at) => given.toSpliced(at, 1, `${given[at]} `),
};

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');

it.each(Object.entries(tampers))('a backup is refused with a clear error wherever it has %s', async (_what, tamper) => {
  const wrong: unknown[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const tampered = tamper(lines, at);
    // The very last line may have a space: it says nothing more.
    if (isSame(tampered, lines) || isSame(tampered, later) || (at === lines.length - 1 && _what.includes('space')))
      continue;
    const outcome = await outcomeOf(tampered);
    if (outcome !== 'refused') wrong.push([at, lines[at]?.slice(0, 60), outcome]);
  }
  expect(wrong).toEqual([]);
});

it('a backup is refused with a clear error with any strange line, in any place, in place of a line or beside it', async () => {
  const wrong: unknown[] = [];
  const places = [0, 1, Math.floor(lines.length / 2), lines.length - 2, lines.length - 1];
  for (const strange of strangeLines) {
    for (const at of places) {
      for (const removed of [0, 1]) {
        const outcome = await outcomeOf(lines.toSpliced(at, removed, strange));
        if (outcome !== 'refused') wrong.push([strange.slice(0, 60), at, removed, outcome]);
      }
    }
  }
  expect(wrong).toEqual([]);
});

it('a backup is refused with a clear error if any character of it is another', { timeout: 120_000 }, async () => {
  const text = lines.join('\n');
  const end = text.length - (lines.at(-1) ?? '').length;
  await fc.assert(
    fc.asyncProperty(fc.nat(end - 1), fc.constantFrom(...'0aZ"{}[],:\\'), async (at, character) => {
      if (text[at] === character || text[at] === '\n') return;
      expect(await outcomeOf((text.slice(0, at) + character + text.slice(at + 1)).split('\n'))).toBe('refused');
    }),
    { numRuns: 400 },
  );
});

it('a backup that is opened is restored, so that the tests above refuse for what was changed', async () => {
  const store = await memoryStore({ masterKey: Buffer.alloc(32, 6) });
  const { administration } = running.service.context;
  const opened = await openBackup(async function* () {
    yield* lines;
  }, masterKey);
  const restored = await restore({ ...administration, store }, opened, { operator: 'test' });
  expect(restored.kind).toBe('replaced');
  await store.close();
});
