import { expect, it } from 'vitest';
import { search } from '../property/revision-search.ts';

it('no state within seven steps of a warm process uses a key past its bound', async () => {
  const found = await search(['request', 'read-pull', 'answer-pull', 'read-fill', 'answer-fill'], 7);
  expect(found.broken).toBeUndefined();
  expect(found.states).toBeGreaterThan(20_000);
}, 600_000);
