import { previewKeyName } from '@flairgate/client';
import { describe, expect, it } from 'vitest';

describe('the preview of a name', () => {
  it.each([
    ['vendor', []],
    ['vendor[segment]', ['segment']],
    ['[root]a[lock][bulk][lock]', ['bulk', 'lock', 'root']],
  ])('reads the flairs of %s', (name, flairs) => {
    expect(previewKeyName(name)).toEqual({ flairs, problem: undefined });
  });

  it.each([
    ['', 'a name is required'],
    [' a', 'no space at the start or the end'],
    ['x'.repeat(129), 'at most 128 characters'],
    ['a[segement]', '[segement] is not a flair; the nearest is [segment] of bulk, lock, secret, segment, root'],
    ['a[Lock]', 'the nearest is [lock]'],
    ['a[', 'the bracket at character 2 is not closed'],
    ['a]', 'character 2 closes no bracket'],
    ['a[[lock]]', 'character 3 is a bracket in a bracket'],
  ])('says what is wrong with %j, and then shows no flair', (name, problem) => {
    const preview = previewKeyName(name);
    expect(preview.problem).toContain(problem);
    expect(preview.flairs).toEqual([]);
  });
});
