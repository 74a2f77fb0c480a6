import { readFileSync } from 'node:fs';
import { OptionError } from '@flairgate/core';
import { examineToken, type IssuerOptions, type ProviderName, type TokenFinding } from '@flairgate/core/tokens';
import { oidcIssuer } from '@flairgate/express';

/** File with a token of an external issuer, and the options that describe this issuer. */
export interface ExaminedToken {
  readonly issuer: string;
  readonly tokenFile: string;
  readonly audience?: string | undefined;
  readonly provider?: ProviderName | undefined;
  readonly allowPrivateAddresses?: boolean | undefined;
}

/** Maximum number of characters in a token file. */
const MAX_CHARACTERS = 65_536;

/**
 * Returns a finding for every rule by which a token is refused. If the configuration has an entry for the issuer and no
 * `provider` is given, the rules are those of this entry.
 *
 * @throws OptionError if the token cannot be read or the issuer is not described completely. The message quotes no part
 * of the token.
 */
export async function examineTokenFile(
  given: ExaminedToken,
  configured: readonly IssuerOptions[],
): Promise<readonly TokenFinding[]> {
  return examineToken(readTokenFile(given.tokenFile), issuerOfToken(given, configured), Date.now());
}

function issuerOfToken(
  { issuer, audience, provider, allowPrivateAddresses }: ExaminedToken,
  configured: readonly IssuerOptions[],
): IssuerOptions {
  const known = configured.find((entry) => entry.issuer === issuer);
  if (known !== undefined && provider === undefined) {
    if (allowPrivateAddresses !== undefined) {
      throw new OptionError('--allow-private-addresses: must be set in the configuration, which has this issuer');
    }
    return audience === undefined ? known : { ...known, audience };
  }
  if (audience === undefined) {
    throw new OptionError('--audience: must be given for an issuer that is not in the configuration');
  }
  return oidcIssuer({
    issuer,
    audience,
    ...(allowPrivateAddresses === undefined ? {} : { allowPrivateAddresses }),
    ...(provider === undefined ? {} : { provider }),
  });
}

function readTokenFile(file: string): string {
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text.length <= MAX_CHARACTERS) return text;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw new OptionError(`--token-file: cannot be read (${code})`);
  }
  throw new OptionError(`--token-file: must have at most ${MAX_CHARACTERS} characters`);
}
