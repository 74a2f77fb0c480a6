import type { Denial } from './denial.js';
import { type RespondOptions, respond } from './respond.js';

/** Thrown while something is being built: a misspelt option, a weak secret, an unusable key. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/**
 * A refusal on its way through code that can only throw. Wraps the value; holds no credential.
 *
 * Says what error handlers of Express and other frameworks look for, so that a host's own handler answers with the right
 * status. `options` are those of the gate; without them a missing permission is 401.
 */
export class DeniedError extends Error {
  override readonly name = 'DeniedError';
  readonly denial: Denial;
  readonly status: number;
  /** The same as `status`. */
  readonly statusCode: number;
  /** Headers of the answer in lower case, without those that describe a body: the challenge, `Retry-After`, `Allow`. */
  readonly headers: Readonly<Record<string, string>>;
  /** True where the caller may read the message: for every refusal, not for a fault. */
  readonly expose: boolean;

  constructor(denial: Denial, options?: RespondOptions) {
    super(denial.detail);
    const { status, headers } = respond(denial, options);
    const { 'content-type': _, ...others } = headers;
    this.denial = denial;
    this.status = status;
    this.statusCode = status;
    this.headers = Object.freeze(others);
    this.expose = status < 500;
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
