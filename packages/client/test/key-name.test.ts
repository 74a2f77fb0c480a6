import { previewKeyName } from '@flairgate/client';
import { describe, expect, it } from 'vitest';

describe('the preview of a name', () => {
  it.each([
    ['vendor', []],
    ['vendor[segment]', ['segment']],
    ['[root]a[lock][bulk][lock]', ['bulk', 'lock', 'root']],
  ])('the preview of a name reads the flairs of %s', (name, flairs) => {
    expect(previewKeyName(name)).toEqual({ flairs, problem: undefined });
  });

  it.each([
    ['', 'must not be empty'],
    [' a', 'must not start or end with a space'],
    ['x'.repeat(129), 'must be at most 128 characters'],
    ['a[segement]', '[segement] is not a flair; the nearest is [segment] of bulk, lock, secret, segment, root'],
    ['a[Lock]', 'the nearest is [lock]'],
    ['a[', 'the bracket at character 2 is not closed'],
    ['a]', 'the bracket at character 2 closes nothing'],
    ['a[[lock]]', 'the bracket at character 3 is inside another bracket'],
  ])('the preview of a name says what is wrong with %j, and then shows no flair', (name, problem) => {
    const preview = previewKeyName(name);
    expect(preview.problem).toContain(problem);
    expect(preview.flairs).toEqual([]);
  });
});
