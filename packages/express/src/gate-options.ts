import { IncomingMessage } from 'node:http';
import { type AuthenticatorOptions, type Catalogue, OptionError } from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { AnswerDenial } from './denial/serialize-denial.js';
import { flag, oneOf, optionalFunction } from './options.js';
import type { FailureLimitOptions } from './rate-limit/failure-limit.js';
import { parseLimitDefaults, type RateLimitDefaults } from './rate-limit/rate-limit-options.js';
import type { CredentialOptions } from './request/credential-options.js';

/**
 * Options of `createGate`, including those of core's authenticator. `N` is the union of the catalogue's permission
 * names, if TypeScript knows them as literal types.
 */
export interface GateOptions<N extends string = string>
  extends Omit<AuthenticatorOptions, 'catalogue'>,
    CredentialOptions {
  /**
   * Catalogue (list) of all permissions. It is stored in the database at the first request. If the database already
   * contains a different catalogue, the gate throws an error and identifies no caller.
   * @default the stored catalogue; if there is none, LimaCharlie's and Lime's permissions together
   */
  readonly catalogue?: Catalogue<N>;
  /**
   * Character between the parts of a permission name in OAuth's `scope`. With `:`, for example, the permission
   * `invoice.list` is written as `invoice:list`.
   * @default '.'
   */
  readonly scopeSeparator?: '.' | ':';
  /**
   * HTTP status for a missing permission: 401 as in LimaCharlie, or 403 as in RFC 6750 §3.1.
   * @default 401
   */
  readonly missingPermissionStatus?: 401 | 403;
  /**
   * Property of the request in which handlers find the principal (the identified caller). Choose a different name if a
   * library also writes `req.auth`. Neither the gate nor `gate.authOf` reads the property.
   * @default 'auth'
   */
  readonly property?: string;
  /**
   * Second property of the request in which handlers find the principal, such as `user`. By default there is none,
   * because code that uses Passport sessions treats `req.user` as a person who signed in.
   */
  readonly userProperty?: string;
  /**
   * True if `authenticate` responds to CORS preflights itself. Otherwise preflights are refused like any request
   * without a credential.
   * @default false
   */
  readonly preflight?: boolean;
  /**
   * Function that sends refusals in your own format. Status and headers are already set when it is called, so it only
   * sends a body, for example with `res.json({ message: denial.detail })`. It is not called for `HEAD`.
   * @default problem documents
   */
  readonly answer?: AnswerDenial;
  /**
   * True to count the calls of each key by day. Counts are kept in memory and written to the store every ten seconds.
   * @default true
   */
  readonly usage?: boolean;
  /** Limit on refusals per client address. By default 3000 in 60 seconds, counted in this process. */
  readonly failureLimit?: FailureLimitOptions;
  /** Defaults for every `gate.rateLimit()`. */
  readonly rateLimit?: RateLimitDefaults;
}

/** The gate's own options after parsing. */
export interface GateSettings {
  readonly missingPermissionStatus: 401 | 403;
  readonly scopeSeparator: '.' | ':';
  readonly property: string;
  readonly userProperty: string | undefined;
  readonly answer: AnswerDenial | undefined;
  readonly preflight: boolean;
  readonly usage: boolean;
  readonly rateLimit: RateLimitDefaults;
}

/** Options of `createGate`, each with the package that reads it. */
const GATE_OPTIONS: Readonly<Record<keyof GateOptions, 'core' | 'express'>> = {
  store: 'core',
  tokens: 'core',
  catalogue: 'core',
  maxStalenessSeconds: 'core',
  maxCachedPrincipals: 'core',
  keyHash: 'core',
  clock: 'core',
  missingPermissionStatus: 'express',
  scopeSeparator: 'express',
  answer: 'express',
  property: 'express',
  userProperty: 'express',
  preflight: 'express',
  usage: 'express',
  bearerKeys: 'express',
  keyHeaders: 'express',
  failureLimit: 'express',
  rateLimit: 'express',
};

const PROPERTY = /^[A-Za-z_$][\w$]{0,63}$/;

/** Request properties that Express, Node and common middleware use. The principal cannot be stored in one of them. */
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
 * Parses those options of `createGate` that this package reads. The core package parses the others.
 *
 * @throws OptionError for an option that neither package knows, or a bad value.
 */
export function parseGateOptions(options: GateOptions): GateSettings {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError('createGate: must be an object of options with a store');
  }
  assertKnownOptions('createGate', options, Object.keys(GATE_OPTIONS));
  return Object.freeze({
    missingPermissionStatus: oneOf('missingPermissionStatus', options.missingPermissionStatus, [401, 403]),
    answer: optionalFunction('answer', options.answer),
    scopeSeparator: oneOf('scopeSeparator', options.scopeSeparator, ['.', ':']),
    ...parseProperties(options),
    preflight: flag('preflight', options.preflight),
    usage: flag('usage', options.usage ?? true),
    rateLimit: parseLimitDefaults('rateLimit', options.rateLimit),
  });
}

/** Returns the options for core's authenticator. */
export function authenticatorOptions(options: GateOptions): AuthenticatorOptions {
  const {
    missingPermissionStatus,
    scopeSeparator,
    answer,
    property,
    userProperty,
    preflight,
    usage,
    bearerKeys,
    keyHeaders,
    failureLimit,
    rateLimit,
    ...rest
  } = options;
  return rest;
}

function parseProperties({ property = 'auth', userProperty }: GateOptions) {
  if (!isFree(property)) {
    throw new OptionError('property: must be a name that a request does not have yet, such as `auth`');
  }
  if (userProperty !== undefined && (!isFree(userProperty) || userProperty === property)) {
    throw new OptionError('userProperty: must be a name that a request does not have yet, such as `user`');
  }
  return { property, userProperty };
}

function isFree(given: unknown): boolean {
  return (
    typeof given === 'string' && PROPERTY.test(given) && !TAKEN.has(given) && !(given in IncomingMessage.prototype)
  );
}
