import { OptionError } from '@flairgate/core';
import { assertHosts, assertKnownOptions, isFetchable } from '@flairgate/core/internal';
import type { Fetch } from '@flairgate/core/tokens';

/** Options of the console's sign-in with an OpenID provider. */
export interface OidcSignInOptions {
  /** Issuer of the provider, such as `https://login.example`. The provider's metadata is read at the first sign-in. */
  readonly issuer: string;
  /** Client id that the provider has given to this service. */
  readonly clientId: string;
  /** Client secret that the provider has given to this service. @default none; the service is then a public client */
  readonly clientSecret?: string;
  /** Name of the provider on the sign-in button, 1 to 64 characters. @default the host name of the issuer */
  readonly label?: string;
  /** Scopes that the sign-in requests. The list must contain `openid`. @default ['openid', 'email'] */
  readonly scopes?: readonly string[];
  /**
   * Hosts of the provider that may be reached over plain http. Plain http to this machine is always allowed. If the
   * list is not empty, the provider may also have addresses that are not public.
   * @default none
   */
  readonly allowHttp?: readonly string[];
  /** True if the provider may have addresses that are not public, such as those of a private network. @default false */
  readonly allowPrivateAddresses?: boolean;
  /** Function that sends requests to the provider. @default `createCheckedFetch` of `@flairgate/express` */
  readonly fetch?: Fetch;
}

/** Options of the console. */
export interface ConsoleOptions {
  /**
   * URL at which browsers reach the service. It includes the path under which the service is mounted.
   * @default the service's `issuer`
   */
  readonly publicUrl?: string;
  /**
   * False if the console offers only the sign-in with an OpenID provider. Keys remain valid for the API.
   * @default true
   */
  readonly keySignIn?: boolean;
  /** Sign-in with an OpenID provider. @default none */
  readonly oidc?: OidcSignInOptions;
}

/** Checked settings of the sign-in with an OpenID provider. */
export interface OidcSettings extends Omit<OidcSignInOptions, 'fetch' | 'clientSecret'> {
  readonly clientSecret: string | undefined;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly allowHttp: readonly string[];
  readonly allowPrivateAddresses: boolean;
  readonly fetch: Fetch | undefined;
  /** URL at which browsers reach the service, without a slash at the end. */
  readonly publicUrl: string;
}

/** Checked settings of the console. */
export interface ConsoleSettings {
  readonly keySignIn: boolean;
  readonly oidc: OidcSettings | undefined;
}

const OIDC_OPTIONS: Readonly<Record<keyof OidcSignInOptions, true>> = {
  issuer: true,
  clientId: true,
  clientSecret: true,
  label: true,
  scopes: true,
  allowHttp: true,
  allowPrivateAddresses: true,
  fetch: true,
};

const MAX_LABEL_CHARACTERS = 64;
const MAX_SCOPES = 20;

/** Matches a scope. @see RFC 6749 §3.3 */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

/**
 * Checks the options of the console and fills in defaults.
 *
 * @throws OptionError that names the option.
 */
export function parseConsoleOptions(
  options: ConsoleOptions | undefined,
  service: { readonly issuer: string; readonly hasConsole: boolean },
): ConsoleSettings {
  if (options === undefined) return { keySignIn: true, oidc: undefined };
  assertKnownOptions('console', options, ['publicUrl', 'keySignIn', 'oidc']);
  if (!service.hasConsole) throw new OptionError('console: must be set together with consoleFolder');
  const keySignIn = booleanOption('console.keySignIn', options.keySignIn, true);
  if (options.oidc === undefined) {
    if (options.publicUrl !== undefined)
      throw new OptionError('console.publicUrl: must be set together with console.oidc');
    if (!keySignIn)
      throw new OptionError('console.keySignIn: must be true without console.oidc, or nobody could sign in');
    return { keySignIn, oidc: undefined };
  }
  return { keySignIn, oidc: parseOidc(options.oidc, parsePublicUrl(options.publicUrl ?? service.issuer)) };
}

/**
 * Parses the public URL, and returns it without a slash at the end.
 *
 * The URL must be an https URL, or an http URL of this machine, because browsers accept the session cookie only there.
 * A URL with a query or a fragment is refused, because the redirect URI that is built from the URL must have neither.
 */
function parsePublicUrl(text: unknown): string {
  const remedy = 'must be the https URL of the service, or an http URL of this machine, such as http://localhost:8787';
  if (typeof text !== 'string' || !isFetchable(text) || new URL(text).search !== '') {
    throw new OptionError(`console.publicUrl: ${remedy}; its default is the issuer`);
  }
  const { origin, pathname } = new URL(text);
  return origin + pathname.replace(/\/+$/, '');
}

function parseOidc(given: OidcSignInOptions, publicUrl: string): OidcSettings {
  if (typeof given !== 'object' || given === null) throw new OptionError('console.oidc: must be an object of options');
  assertKnownOptions('console.oidc', given, Object.keys(OIDC_OPTIONS));
  const { issuer, clientId, clientSecret, label, scopes = ['openid', 'email'], allowHttp = [], fetch } = given;
  assertHosts('console.oidc.allowHttp', allowHttp);
  if (typeof issuer !== 'string' || !isFetchable(issuer, allowHttp)) {
    throw new OptionError('console.oidc.issuer: must be an https URL, or http on this machine or a host of allowHttp');
  }
  if (!isText(clientId)) throw new OptionError('console.oidc.clientId: must be text that is not empty');
  if (clientSecret !== undefined && !isText(clientSecret)) {
    throw new OptionError('console.oidc.clientSecret: must be text that is not empty');
  }
  if (label !== undefined && (!isText(label) || label.length > MAX_LABEL_CHARACTERS)) {
    throw new OptionError(`console.oidc.label: must have 1 to ${MAX_LABEL_CHARACTERS} characters`);
  }
  assertScopes(scopes);
  if (fetch !== undefined && typeof fetch !== 'function')
    throw new OptionError('console.oidc.fetch: must be a function');
  return Object.freeze({
    issuer,
    clientId,
    clientSecret,
    label: label ?? new URL(issuer).hostname,
    scopes: [...scopes],
    allowHttp: [...allowHttp],
    allowPrivateAddresses: booleanOption('console.oidc.allowPrivateAddresses', given.allowPrivateAddresses, false),
    fetch,
    publicUrl,
  });
}

function assertScopes(scopes: unknown): void {
  const isList = Array.isArray(scopes) && scopes.length <= MAX_SCOPES && scopes.includes('openid');
  if (isList && scopes.every((scope) => typeof scope === 'string' && SCOPE.test(scope))) return;
  throw new OptionError('console.oidc.scopes: must be a list of scopes that contains openid');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function booleanOption(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? fallback;
  throw new OptionError(`${name}: must be true or false`);
}
