import { createClient, type FlairgateClient } from '@flairgate/client';
import { OptionError } from '@flairgate/core';
import type { ProcessIo } from '../command.js';
import { readSource } from '../commands/read-source.js';
import type { Environment } from '../environment.js';

interface PlaceOptions {
  readonly url?: unknown;
  readonly keyFile?: unknown;
  readonly database?: unknown;
}

/**
 * Returns the URL of the service that a command calls. Undefined if the command opens a database.
 *
 * Options take precedence over the environment. The choice is refused as ambiguous if the options name both a service
 * and a database, or if the environment names both. The choice matters, because a command has all rights of the
 * operator on a database, but only the rights of the key on a service.
 *
 * @throws OptionError
 */
export function chooseService({ url, keyFile, database }: PlaceOptions, environment: Environment): string | undefined {
  if (url !== undefined && database !== undefined) throw new OptionError('--url: must not be given with --database');
  if (database !== undefined) return withoutKeyFile(keyFile, undefined);
  if (typeof url === 'string') return url;
  if (environment.FLAIRGATE_URL === undefined) return withoutKeyFile(keyFile, undefined);
  if (environment.DATABASE_URL === undefined && environment.FLAIRGATE_DATA === undefined)
    return environment.FLAIRGATE_URL;
  const other = environment.DATABASE_URL === undefined ? 'FLAIRGATE_DATA' : 'DATABASE_URL';
  throw new OptionError(`FLAIRGATE_URL: must not be set together with ${other}; choose with --url or --database`);
}

function withoutKeyFile(keyFile: unknown, place: undefined): undefined {
  if (keyFile !== undefined) throw new OptionError('--key-file: must be given with --url');
  return place;
}

/**
 * Creates a client for a service. The key is in the file `--key-file` or, by default, in `FLAIRGATE_KEY`.
 *
 * @throws OptionError
 */
export async function createServiceClient(
  url: string,
  { keyFile, file }: PlaceOptions & { readonly file?: unknown },
  environment: Environment,
  io: ProcessIo,
): Promise<FlairgateClient> {
  assertPlainUrl(url);
  if (keyFile === '-' && file === '-')
    throw new OptionError('--key-file: must be a file, because standard input has --file');
  const given = typeof keyFile === 'string' ? await readSource('--key-file', keyFile, io) : environment.FLAIRGATE_KEY;
  const key = given?.trim() ?? '';
  const source = keyFile === undefined ? 'FLAIRGATE_KEY' : '--key-file';
  if (!/^[!-~]{1,512}$/.test(key))
    throw new OptionError(`${source}: must be a key of the service; --key-file can name a file with one`);
  try {
    return createClient({ url, credential: { kind: 'key', key } });
  } catch (error) {
    if (error instanceof TypeError) throw new OptionError(`--${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * Asserts that a URL has no user, password, query or fragment, because these parts could contain a secret.
 *
 * @throws OptionError
 */
function assertPlainUrl(text: string): void {
  const { username, password, search, hash, protocol } = URL.canParse(text) ? new URL(text) : ({} as Partial<URL>);
  if (protocol !== 'https:' && protocol !== 'http:') throw new OptionError('--url: must be an https URL');
  if (`${username}${password}${search}${hash}` !== '') {
    throw new OptionError('--url: must have no user, password or query; give the key in FLAIRGATE_KEY');
  }
}
