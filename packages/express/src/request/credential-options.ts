import { OptionError, type ReadCredentialOptions } from '@flairgate/core';
import { flag } from '../options.js';

/** Options that determine where API keys are read from. Set them for a gate, or for a single `authenticate`. */
export interface CredentialOptions {
  /**
   * True to accept API keys in `Authorization: Bearer`, for clients that cannot send another header.
   * @default false; for `gate.authenticate`, the value that the gate has
   */
  readonly bearerKeys?: boolean;
  /**
   * Names of headers that may carry an API key in addition to `x-api-key`, such as `x-auth-token`.
   * @default none; for `gate.authenticate`, the value that the gate has
   */
  readonly keyHeaders?: readonly string[];
}

/** Parsed options that determine where credentials are read from. */
export interface CredentialSettings {
  /** Options to pass to `readCredential`. */
  readonly credentialOptions: ReadCredentialOptions;
  /** Value of the header `Vary`: the headers that carry credentials. */
  readonly vary: string;
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,64}$/;
const MAX_KEY_HEADERS = 8;

/** Headers that already have a meaning and therefore cannot carry a key. */
const TAKEN = new Set(['authorization', 'proxy-authorization', 'cookie', 'host', 'connection', 'content-type', 'vary']);

/**
 * Parses the options that determine where API keys are read from. Missing options are taken from `base`.
 *
 * @throws OptionError
 */
export function parseCredentialOptions(
  owner: string,
  { bearerKeys, keyHeaders }: CredentialOptions,
  base: ReadCredentialOptions,
): CredentialSettings {
  const names = keyHeaders === undefined ? base.keyHeaders : parseNames(`${owner}keyHeaders`, keyHeaders);
  const isBearer = bearerKeys === undefined ? base.bearerKeys === true : flag(`${owner}bearerKeys`, bearerKeys);
  return {
    credentialOptions: Object.freeze({
      ...(base.maxTokenBytes === undefined ? {} : { maxTokenBytes: base.maxTokenBytes }),
      ...(names === undefined || names.length === 0 ? {} : { keyHeaders: names }),
      ...(isBearer ? { bearerKeys: true } : {}),
    }),
    vary: ['x-api-key', ...(names ?? []), 'Authorization'].join(', '),
  };
}

function parseNames(option: string, given: unknown): readonly string[] {
  if (!Array.isArray(given) || given.length > MAX_KEY_HEADERS || !given.every(isHeaderName)) {
    throw new OptionError(`${option}: must be a list of at most ${MAX_KEY_HEADERS} header names, such as x-auth-token`);
  }
  const names = [...new Set(given.map((name) => name.toLowerCase()))].filter((name) => name !== 'x-api-key');
  const taken = names.find((name) => TAKEN.has(name));
  if (taken !== undefined) throw new OptionError(`${option}: must be names of headers of your own, not ${taken}`);
  return Object.freeze(names);
}

function isHeaderName(name: unknown): name is string {
  return typeof name === 'string' && HEADER_NAME.test(name);
}
