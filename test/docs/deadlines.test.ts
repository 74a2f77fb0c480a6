import { deadlines } from '@flairgate/core/internal';
import { expect, it } from 'vitest';
import { bare, rowsUnder } from './tables.ts';

it('the documents name every deadline with its time, and no other', () => {
  const rows = rowsUnder('docs/configuration.md', 'Deadlines');
  expect(Object.fromEntries(rows.map(([name, ms]) => [bare(name), Number(ms)]))).toEqual(deadlines);
});
