import { memoryStore } from '@flairgate/core';
import { createGate } from '@flairgate/express';
import { describe, expect, it } from 'vitest';
import { declaredOptions, readPage, rowsUnder } from './tables.ts';

/** Names at the beginning of what a cell has between backticks, without arguments. */
function namesIn(cell = ''): readonly string[] {
  return [...cell.matchAll(/`(?:await )?(?:gate\.)?(\w+)/g)].map(([, name = '']) => name);
}

describe('packages/express/README.md', () => {
  it('packages/express/README.md has every member of a gate, and no other', async () => {
    const store = await memoryStore();
    const gate = createGate({ store });
    const members = Object.keys(gate);
    await gate.close();
    await store.close();
    const page = readPage('packages/express/README.md');
    const [, afterRequest = ''] = page.split('| middleware of a gate | does |');
    const [table = ''] = afterRequest.split('\n\n');
    const middleware = table.split('\n').flatMap((line) => namesIn(line.split('|')[1]));
    const onRequest = rowsUnder('packages/express/README.md', 'What it adds to the request')
      .map(([cell]) => cell)
      .filter((cell) => cell?.includes('gate.'))
      .flatMap((cell) => namesIn(cell?.split(',')[0]));
    expect([...new Set([...middleware, ...onRequest])].toSorted()).toEqual(members.toSorted());
  });
});

describe('docs/guard.md', () => {
  it('docs/guard.md has every option of a guard, and no other', () => {
    const declared = declaredOptions([['packages/express/dist/guard/guard-options.d.ts', 'GuardOptions']]);
    const documented = rowsUnder('docs/guard.md', 'Options').flatMap(([cell]) => namesIn(cell));
    expect(documented.toSorted()).toEqual(declared.map(({ name }) => name).toSorted());
  });
});
