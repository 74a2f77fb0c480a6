import { assertKnownOptions } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';

const known = ['limit', 'windowSeconds', 'name'];

describe('assertKnownOptions', () => {
  it('assertKnownOptions accepts known options', () => {
    expect(() => assertKnownOptions('rateLimit', { limit: 1, name: 'a' }, known)).not.toThrow();
  });

  it('assertKnownOptions suggests the option that a misspelled one is near to', () => {
    expect(() => assertKnownOptions('rateLimit', { windowsSeconds: 1 }, known)).toThrow(
      'rateLimit: unknown option `windowsSeconds`; did you mean `windowSeconds`?',
    );
  });

  it('assertKnownOptions lists the options if none is near', () => {
    expect(() => assertKnownOptions('rateLimit', { max: 1 }, known)).toThrow(
      'rateLimit: unknown option `max`; the options are `limit`, `windowSeconds`, `name`',
    );
    expect(() => assertKnownOptions('close', { max: 1 }, [])).toThrow(
      'close: unknown option `max`; it takes no options',
    );
  });
});
