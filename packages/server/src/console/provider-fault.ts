import { UnavailableError } from '@flairgate/core';
import { causeChain } from '@flairgate/core/internal';

/**
 * Creates the error for a failure of the provider. The errors of `openid-client` may contain received values, such as
 * the query of the redirect or an ID token. Therefore only the names, messages, codes and stacks of these errors are
 * kept.
 */
export function providerFault(error: unknown): UnavailableError {
  const cause = causeChain(error).reduceRight<Error | undefined>(
    (inner, each) => withoutValues(each, inner),
    undefined,
  );
  return new UnavailableError('provider', cause);
}

function withoutValues(error: Error, cause: Error | undefined): Error {
  const copy = new Error(error.message, cause === undefined ? {} : { cause });
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = error.stack;
  return 'code' in error && typeof error.code === 'string' ? Object.assign(copy, { code: error.code }) : copy;
}
