import type { Denial } from './denial.js';

/** Thrown while something is being built: a misspelt option, a weak secret, an unusable key. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** A refusal on its way through code that can only throw. Wraps the value; holds no credential. */
export class DeniedError extends Error {
  override readonly name = 'DeniedError';
  readonly denial: Denial;

  constructor(denial: Denial) {
    super(denial.detail);
    this.denial = denial;
  }
}

/** A dependency failed, so nothing could be decided. Answered 503, never as a refusal. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly dependency: 'store' | 'key-set';

  constructor(dependency: 'store' | 'key-set', cause: unknown) {
    super(dependency === 'store' ? 'the store is unavailable' : 'the key set is unavailable', { cause });
    this.dependency = dependency;
  }
}
