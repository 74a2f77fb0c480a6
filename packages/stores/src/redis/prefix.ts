import { OptionError } from '@flairgate/core';

export const DEFAULT_PREFIX = 'flairgate:';

const PREFIX = /^[!-~]{1,64}$/;

/**
 * Parses the prefix of Redis keys and channels.
 *
 * @throws OptionError if the prefix is not 1 to 64 ASCII characters without spaces
 */
export function parsePrefix(where: string, given: unknown): string {
  if (typeof given === 'string' && PREFIX.test(given)) return given;
  throw new OptionError(`${where}: prefix: must be 1 to 64 ASCII characters without spaces`);
}
