import { OptionError, type ReadCredentialOptions } from '@flairgate/core';
import { flag } from '../options.js';

/** Options of where API keys are read from, of a gate and of one `authenticate`. */
export interface CredentialOptions {
  /**
   * True if a text in the form of a key in `Authorization: Bearer` is an API key, for clients that can send nothing
   * else.
   * @default false; of `authenticate`, the option of the gate
   */
  readonly bearerKeys?: boolean;
  /**
   * Other names of the header `x-api-key`, such as `x-auth-token`, for hosts whose clients use them.
   * @default none; of `authenticate`, the option of the gate
   */
  readonly keyHeaders?: readonly string[];
}

/** Settings of where credentials are read from. */
export interface CredentialSettings {
  /** Options of `readCredential`. */
  readonly credentialOptions: ReadCredentialOptions;
  /** Names of the headers that hold credentials, for `Vary`. */
  readonly vary: string;
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,64}$/;
const MAX_KEY_HEADERS = 8;

/** Headers with another meaning, which must not hold a key. */
const TAKEN = new Set(['authorization', 'proxy-authorization', 'cookie', 'host', 'connection', 'content-type', 'vary']);

/**
 * Parses the options of where keys are read from. Options that are missing are those of `base`.
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
