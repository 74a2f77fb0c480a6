import { IncomingMessage } from 'node:http';
import { type AuthenticatorOptions, OptionError } from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import { flag, oneOf } from './options.js';
import type { FailureLimitOptions } from './rate-limit/failure-limit.js';
import { parseLimitDefaults, type RateLimitDefaults } from './rate-limit/rate-limit-options.js';

/** Options of `createGate`; those of core's authenticator among them. */
export interface GateOptions extends AuthenticatorOptions {
  /** Status of a missing permission: 401 as LimaCharlie answers (default), or 403 as RFC 6750 §3.1 has it. */
  readonly missingPermissionStatus?: 401 | 403;
  /**
   * Property of the request that shows the principal to handlers. Default `auth`. Choose another beside a library that
   * writes `req.auth` too. The gate itself never reads it: neither does `gate.authOf`.
   */
  readonly property?: string;
  /**
   * Property of the request that holds the principal as well, such as `user`. Default none: code that runs Passport
   * sessions takes whatever stands in `req.user` for a person who signed in.
   */
  readonly userProperty?: string;
  /** Whether `authenticate` answers CORS preflights itself. Default false: they are refused like any other request. */
  readonly preflight?: boolean;
  /** Limit on refusals per address. Default 3000 in 60 seconds, counted in this process. */
  readonly failureLimit?: FailureLimitOptions;
  /** What every `gate.rateLimit()` starts from. */
  readonly rateLimit?: RateLimitDefaults;
}

/** The gate's own options after parsing. */
export interface GateSettings {
  readonly missingPermissionStatus: 401 | 403;
  readonly property: string;
  readonly userProperty: string | undefined;
  readonly preflight: boolean;
  readonly rateLimit: RateLimitDefaults;
}

/** Every option of `createGate`, and whether core's authenticator takes it. */
const OPTIONS: Readonly<Record<keyof GateOptions, 'core' | 'express'>> = {
  store: 'core',
  tokens: 'core',
  catalogue: 'core',
  maxStalenessSeconds: 'core',
  maxCachedPrincipals: 'core',
  keyHash: 'core',
  clock: 'core',
  missingPermissionStatus: 'express',
  property: 'express',
  userProperty: 'express',
  preflight: 'express',
  failureLimit: 'express',
  rateLimit: 'express',
};

const PROPERTY = /^[A-Za-z_$][\w$]{0,63}$/;

/** What Express, Node and this package keep on a request. */
const TAKEN = new Set([
  'app',
  'baseUrl',
  'body',
  'cookies',
  'next',
  'originalUrl',
  'params',
  'path',
  'query',
  'res',
  'route',
  'session',
  'url',
  'method',
  'headers',
  'rawHeaders',
  'socket',
  'constructor',
]);

/**
 * Reads the options that are not core's.
 *
 * @throws OptionError for an unknown option, core's included, or a bad value.
 */
export function parseGateOptions(options: GateOptions): GateSettings {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError('createGate: write an object of options with a store');
  }
  assertKnownOptions('createGate', options, Object.keys(OPTIONS));
  return Object.freeze({
    missingPermissionStatus: oneOf('missingPermissionStatus', options.missingPermissionStatus, [401, 403]),
    ...parseProperties(options),
    preflight: flag('preflight', options.preflight),
    rateLimit: parseLimitDefaults('rateLimit', options.rateLimit),
  });
}

/** The options that go on to core's authenticator. */
export function authenticatorOptions(options: GateOptions): AuthenticatorOptions {
  const { missingPermissionStatus, property, userProperty, preflight, failureLimit, rateLimit, ...rest } = options;
  return rest;
}

function parseProperties({ property = 'auth', userProperty }: GateOptions) {
  if (!isFree(property)) {
    throw new OptionError('property: write a name that a request does not have yet, such as `auth`');
  }
  if (userProperty !== undefined && (!isFree(userProperty) || userProperty === property)) {
    throw new OptionError('userProperty: write a name that a request does not have yet, such as `user`');
  }
  return { property, userProperty };
}

function isFree(given: unknown): boolean {
  return (
    typeof given === 'string' && PROPERTY.test(given) && !TAKEN.has(given) && !(given in IncomingMessage.prototype)
  );
}
