import { FLAIRS as PREVIEWED, previewKeyName } from '@flairgate/client';
import { FLAIRS, parseKeyName } from '@flairgate/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../runs.ts';

const words = [...FLAIRS, 'segement', 'Lock', '', 'roots'];
/** Brackets and what looks like them, marks, and letters that are two until they are normalized. */
const odd = ['[', ']', ' ', 'a', '\u00e9', 'e\u0301', '\uff3b', '\u3014', '\u200b', '\u0301', '\n'];
const part = fc.oneof(
  fc.constantFrom(...words.map((word) => `[${word}]`)),
  fc.constantFrom(...odd),
  fc.string({ maxLength: 5 }),
);
const name = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));

it("the preview of a key's name knows the flairs that core knows", () => {
  expect(PREVIEWED).toEqual(FLAIRS);
});

it("the preview of a key's name shows of an accepted name the flairs it will have, and refuses none that is accepted", () => {
  let accepted = 0;
  fc.assert(
    fc.property(name, (text) => {
      const parsed = parseKeyName(text);
      if (parsed.allowed) accepted += 1;
      if (parsed.allowed) expect(previewKeyName(text)).toEqual({ flairs: parsed.value.flairs, problem: undefined });
    }),
    { numRuns: runs(10_000) },
  );
  expect(accepted).toBeGreaterThan(200);
});
