import type { Denial } from './denial.js';
import { type RespondOptions, respond } from './respond.js';

/**
 * Thrown by functions that take options, for a misspelled option, a weak secret or an unusable key.
 *
 * @example
 * try {
 *   await createService(options);
 * } catch (error) {
 *   if (error instanceof OptionError) console.error(error.message); // names the option, and what it must be
 *   throw error;
 * }
 */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/**
 * Error that carries a refusal through code that can only throw. It contains no credential.
 *
 * It has the properties that error handlers of Express and other frameworks read, so that a host's own handler answers
 * with the right status. `options` are those of the gate; without them the status of a missing permission is 401.
 *
 * @example
 * throw new DeniedError(deny('ERR_NOT_FOUND'), { missingPermissionStatus: 403 });
 */
export class DeniedError extends Error {
  override readonly name = 'DeniedError';
  readonly denial: Denial;
  readonly status: number;
  /** The same as `status`. */
  readonly statusCode: number;
  /** Headers of the answer in lower case, such as the challenge; without those that describe a body. */
  readonly headers: Readonly<Record<string, string>>;
  /** True if the caller may see the message, which is the case for every refusal but not for a fault. */
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

/**
 * Error of a dependency, because of which nothing could be decided. The answer is 503, never a refusal.
 *
 * @example
 * if (error instanceof UnavailableError) res.status(503).set('Retry-After', '1').end();
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly dependency: 'store' | 'key-set';

  constructor(dependency: 'store' | 'key-set', cause: unknown) {
    super(dependency === 'store' ? 'the store is unavailable' : 'the key set is unavailable', { cause });
    this.dependency = dependency;
  }
}
