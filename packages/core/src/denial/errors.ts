import type { Denial, DenialCode } from './denial.js';
import { denialTable } from './denial-table.js';
import { type RespondOptions, respond } from './respond.js';

/**
 * Property that contains the class name of an error, so that `instanceof` works across copies of this package. A
 * program may load two copies, for example if a store and a gate were installed at different versions. Each copy must
 * recognize the errors of the other copy, so that a 503 stays a 503.
 */
const BRAND: unique symbol = Symbol.for('@flairgate/core.error');

/** True if the value is an error of this class, no matter which copy of this package created it. */
function isBranded(value: unknown, name: string): value is Error {
  return value instanceof Error && Reflect.get(value, BRAND) === name;
}

/** Applies the standard `instanceof` rule, which is used for the host's subclasses of our classes. */
function isInstance(owner: object, value: unknown): boolean {
  return Function.prototype[Symbol.hasInstance].call(owner, value);
}

/**
 * Thrown by functions that take options, for example for a misspelled option, a weak secret or an unusable key.
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

  get [BRAND](): string {
    return 'OptionError';
  }

  static override [Symbol.hasInstance](value: unknown): value is OptionError {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one is asked too
    return this === OptionError ? isBranded(value, 'OptionError') : isInstance(this, value);
  }
}

/**
 * Error that carries a denial through code that can only throw. It contains no credential.
 *
 * It has the properties that error handlers of Express and other frameworks read, so that the host's own handler
 * responds with the right status. `options` are the gate's options. Without `options`, the status of a missing
 * permission is 401.
 *
 * @example
 * throw new DeniedError(deny('ERR_NOT_FOUND'), { missingPermissionStatus: 403 });
 */
export class DeniedError extends Error {
  override readonly name = 'DeniedError';
  readonly denial: Denial;
  readonly status: number;
  /** Equal to `status`. */
  readonly statusCode: number;
  /** Headers of the response in lower case, such as the challenge. Headers that describe the body are omitted. */
  readonly headers: Readonly<Record<string, string>>;
  /** True if the caller may see the message. False if the status is 500 or more. */
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

  get [BRAND](): string {
    return 'DeniedError';
  }

  /**
   * False for an error whose denial has a code that this copy of the package does not know. Such an error is treated as
   * a fault.
   */
  static override [Symbol.hasInstance](value: unknown): value is DeniedError {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one is asked too
    if (this !== DeniedError) return isInstance(this, value);
    return isBranded(value, 'DeniedError') && Object.hasOwn(denialTable, codeOf(value));
  }
}

/**
 * Dependency that failed: the store, the key set of an issuer other than this service, or the identity provider with
 * which users sign in to the console.
 */
type Dependency = 'store' | 'key-set' | 'provider';

/**
 * Error thrown when a dependency failed, so that nothing could be decided. The response is 503, never a denial.
 *
 * @example
 * if (error instanceof UnavailableError) res.status(503).set('Retry-After', '1').end();
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly dependency: Dependency;

  constructor(dependency: Dependency, cause: unknown) {
    super(`the ${dependency.replace('-', ' ')} is unavailable`, { cause });
    this.dependency = dependency;
  }

  get [BRAND](): string {
    return 'UnavailableError';
  }

  static override [Symbol.hasInstance](value: unknown): value is UnavailableError {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one is asked too
    return this === UnavailableError ? isBranded(value, 'UnavailableError') : isInstance(this, value);
  }
}

/** Code of the refusal for each dependency that can fail. */
export const dependencyCodes: Readonly<Record<Dependency, DenialCode>> = {
  store: 'ERR_STORE_UNAVAILABLE',
  'key-set': 'ERR_KEY_SET_UNAVAILABLE',
  provider: 'ERR_PROVIDER_UNAVAILABLE',
};

function codeOf(value: Error): string {
  const denial: unknown = Reflect.get(value, 'denial');
  return typeof denial === 'object' && denial !== null ? String(Reflect.get(denial, 'code')) : '';
}
