import { OptionError } from '@flairgate/core';
import type { ServiceOptions } from '@flairgate/server';
import { z } from 'zod';
import { flagField, section, setting, text } from './fields.js';
import { definedOf } from './issuers.js';

const names = (what: string) => z.array(text('text'), { error: `must be a list of ${what}` });

/** Schema of the console's settings. `console: false` is short for `console: {enabled: false}`. */
export const consoleSection = z.preprocess(
  (given) => (typeof given === 'boolean' ? { enabled: given } : given),
  section({
    enabled: setting(flagField(), { fallback: true }),
    key_sign_in: setting(flagField(), { fallback: true }),
    public_url: setting(z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })),
    oidc: section({
      issuer: setting(z.url({ protocol: /^https?$/, error: 'must be the http or https URL of the provider' })),
      client_id: setting(text('the client id that the provider has given out')),
      client_secret_file: setting(text('a file')),
      label: setting(text('the name of the provider')),
      scopes: setting(names('scopes'), { fallback: ['openid', 'email'] }),
      allow_http: setting(names('host names')),
      allow_private_addresses: setting(flagField(), { fallback: false }),
    }),
  }),
);

type GivenConsole = z.output<typeof consoleSection>;

/**
 * Converts the settings of the console to service options. `clientSecret` is the OpenID Connect client secret, from the
 * environment or from the file that the settings name.
 *
 * @throws OptionError if the issuer or the client id is missing, or if a setting would have no effect, for example
 * because the console is disabled.
 */
export function toConsoleOptions(given: GivenConsole, clientSecret: string | undefined): ServiceOptions['console'] {
  const { enabled = true, oidc, key_sign_in: keySignIn, public_url: publicUrl } = given ?? {};
  const idle = [oidc, keySignIn, publicUrl].some((setting) => setting !== undefined && setting !== null);
  if (!enabled && idle) throw new OptionError('console.enabled: must be true with other settings of the console');
  if (clientSecret !== undefined && (oidc === undefined || oidc === null)) {
    throw new OptionError('FLAIRGATE_OIDC_CLIENT_SECRET: must be set together with console.oidc.issuer');
  }
  if (oidc === undefined || oidc === null) {
    return keySignIn === undefined && publicUrl === undefined ? undefined : definedOf({ keySignIn, publicUrl });
  }
  const { issuer, client_id: clientId } = oidc;
  if (issuer === undefined) throw new OptionError('console.oidc.issuer: must be the URL of the provider');
  if (clientId === undefined) throw new OptionError('console.oidc.client_id: must be set together with the issuer');
  return {
    ...definedOf({ keySignIn, publicUrl }),
    oidc: {
      issuer,
      clientId,
      ...definedOf({
        clientSecret,
        label: oidc.label,
        scopes: oidc.scopes,
        allowHttp: oidc.allow_http,
        allowPrivateAddresses: oidc.allow_private_addresses,
      }),
    },
  };
}
