import { allow, type Denial, deny, OptionError, type Outcome } from '@flairgate/core';
import { dependencyCodes, isFetchable } from '@flairgate/core/internal';
import { createCheckedFetch } from '@flairgate/express';
import type { Configuration, CustomFetch } from 'openid-client';
import type { OidcSettings } from './console-options.js';
import type { PendingSignIn } from './pending-sign-in.js';
import { providerFault } from './provider-fault.js';

type OpenIdClient = typeof import('openid-client');

/**
 * Person whom the provider has signed in. The issuer and the subject come from the verified ID token. If the ID token
 * does not contain the e-mail address, the address comes from the provider's userinfo endpoint.
 */
export interface ProvidedSubject {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
  readonly isEmailVerified: boolean;
}

/** OpenID provider that signs people in to the console. Each method may fail with `UnavailableError`. */
export interface Provider {
  /** Reads the provider's metadata, unless the metadata was read in the last 30 seconds. */
  prepare(): Promise<void>;
  /** Returns the URL at which the provider signs a person in. */
  authorizationUrl(pending: PendingSignIn): Promise<URL>;
  /** Exchanges the authorization code in the redirect's query for the person's claims. */
  redeem(query: URLSearchParams, pending: PendingSignIn): Promise<Outcome<ProvidedSubject>>;
}

/**
 * Milliseconds for which the provider's metadata is used before it is read again. The time is short, so that the
 * service soon notices that the provider is down, and does not send browsers there.
 */
const FRESH_MS = 30_000;

/** Milliseconds to wait after a failed read of the metadata before the metadata is read again. */
const RETRY_PAUSE_MS = 5000;

/**
 * Query parameters of OpenID flows that this service does not request. A redirect with such a parameter is refused
 * before `openid-client` reads the redirect, because the library would report a failure of the provider.
 */
const OTHER_FLOWS: readonly string[] = ['id_token', 'token', 'response'];

const TIMEOUT_SECONDS = 10;
const MAX_BYTES = 256 * 1024;

/** Loads `openid-client`. A service without a sign-in with an OpenID provider does not load this library. */
async function loadLibrary(): Promise<OpenIdClient> {
  try {
    return await import('openid-client');
  } catch (error) {
    throw new OptionError('console.oidc: needs the package openid-client: npm install openid-client', { cause: error });
  }
}

/**
 * Opens an OpenID provider. The provider's metadata is read at the first sign-in, so that the service can start while
 * the provider is down.
 *
 * @throws OptionError if `openid-client` is not installed
 */
export async function openProvider(settings: OidcSettings, now: () => number): Promise<Provider> {
  const library = await loadLibrary();
  const configuration = keepFresh(now, () => discover(library, settings));
  const redirectUri = `${settings.publicUrl}/console/session/callback`;
  return {
    async prepare() {
      await configuration();
    },
    async authorizationUrl({ state, nonce, verifier }) {
      const current = await configuration();
      return library.buildAuthorizationUrl(current, {
        redirect_uri: redirectUri,
        scope: settings.scopes.join(' '),
        state,
        nonce,
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
    },
    async redeem(query, pending) {
      const current = await configuration();
      if (OTHER_FLOWS.some((name) => query.has(name))) return denyCallback('of another flow');
      try {
        return await redeemCode(library, current, new URL(`${redirectUri}?${query}`), pending);
      } catch (error) {
        return denyProvided(library, error);
      }
    },
  };
}

async function discover(library: OpenIdClient, settings: OidcSettings): Promise<Configuration> {
  const { issuer, clientId, clientSecret, allowHttp } = settings;
  const fetch = boundedFetch(settings);
  const isInsecure = issuer.startsWith('http:');
  const execute = isInsecure ? [library.allowInsecureRequests] : [];
  const options = { execute, timeout: TIMEOUT_SECONDS, [library.customFetch]: fetch };
  const found = await library.discovery(new URL(issuer), clientId, undefined, library.None(), options);
  const metadata = found.serverMetadata();
  if (!isFetchable(metadata.authorization_endpoint ?? '', allowHttp)) {
    throw new Error('the provider has no usable authorization endpoint');
  }
  const configuration = new library.Configuration(
    metadata,
    clientId,
    clientSecret,
    clientAuthentication(library, clientSecret, metadata.token_endpoint_auth_methods_supported),
  );
  configuration.timeout = TIMEOUT_SECONDS;
  configuration[library.customFetch] = fetch;
  if (isInsecure) library.allowInsecureRequests(configuration);
  // Verifies the signature of the ID token even though the provider itself sends the ID token.
  library.enableNonRepudiationChecks(configuration);
  return configuration;
}

/**
 * Chooses how this service authenticates to the provider. If the metadata of the provider names no method, the method
 * is `client_secret_basic`.
 */
function clientAuthentication(
  library: OpenIdClient,
  secret: string | undefined,
  methods: readonly string[] = ['client_secret_basic'],
) {
  if (secret === undefined) return library.None();
  return methods.includes('client_secret_basic') ? library.ClientSecretBasic(secret) : library.ClientSecretPost(secret);
}

/**
 * Creates the `fetch` function for requests to the provider. This function refuses URLs that must not be fetched, and
 * responses that are too large.
 */
function boundedFetch({ fetch, allowHttp, allowPrivateAddresses }: OidcSettings): CustomFetch {
  const send = fetch ?? createCheckedFetch({ allowPrivateAddresses: allowPrivateAddresses || allowHttp.length > 0 });
  return async (url, { method, headers, body, signal }) => {
    if (!isFetchable(url, allowHttp)) throw new Error('the provider names an address that must not be fetched');
    const response = await send(url, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined || body === null ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > MAX_BYTES) throw new Error(`answered with more than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    const text = size === 0 ? null : Buffer.concat(chunks);
    return new Response(text, { status: response.status, headers: response.headers });
  };
}

/**
 * Wraps a function that reads a value. Concurrent callers share one read, and its result is reused for `FRESH_MS`.
 * After a failed read, callers get the same error for `RETRY_PAUSE_MS`.
 */
function keepFresh<T>(now: () => number, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly value: Promise<T>; readonly until: number } | undefined;
  return async () => {
    if (kept === undefined || now() >= kept.until) {
      const value = read().catch((error: unknown) => {
        if (kept?.value === value) kept = { value, until: now() + RETRY_PAUSE_MS };
        throw providerFault(error);
      });
      kept = { value, until: now() + FRESH_MS };
    }
    return kept.value;
  };
}

async function redeemCode(
  library: OpenIdClient,
  configuration: Configuration,
  url: URL,
  { state, nonce, verifier }: PendingSignIn,
): Promise<Outcome<ProvidedSubject>> {
  const tokens = await library.authorizationCodeGrant(configuration, url, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error('the provider sends no ID token');
  // The library compares `azp` only if there are several audiences.
  if (claims.azp !== undefined && claims.azp !== configuration.clientMetadata().client_id) {
    return denyCallback('the ID token was issued to another client');
  }
  // Many ID tokens lack the e-mail address, or the claim that the address is verified. The userinfo endpoint may have
  // both.
  const isStated = claims.email !== undefined && claims.email_verified !== undefined;
  const isComplete = isStated || configuration.serverMetadata().userinfo_endpoint === undefined;
  const person = isComplete ? claims : await library.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  return allow({
    issuer: claims.iss,
    subject: claims.sub,
    email: typeof person.email === 'string' ? person.email : undefined,
    // Some providers send a string. The standard defines a boolean, so a string proves nothing.
    isEmailVerified: person.email_verified === true,
  });
}

/** OAuth error codes with which a provider reports that it is temporarily unavailable. @see RFC 6749 §4.1.2.1 */
const UNAVAILABLE: readonly string[] = ['temporarily_unavailable', 'server_error'];

/**
 * Error codes of `openid-client` which mean that the redirect or the ID token is invalid, and not that the provider
 * failed.
 */
const INVALID: ReadonlySet<string> = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
]);

/**
 * Returns the refusal for an error of `openid-client`.
 *
 * @throws UnavailableError if the provider is down, or does not accept this service as its client.
 */
function denyProvided(library: OpenIdClient, error: unknown): Denial {
  if (error instanceof library.AuthorizationResponseError) {
    // This refusal is returned and not thrown, so that it counts as a failure of the browser's address. The error is in
    // the redirect's query, so a browser could have made it up.
    if (UNAVAILABLE.includes(error.error)) return deny(dependencyCodes.provider, { fault: providerFault(error) });
    return deny('ERR_SIGN_IN_REFUSED', {
      detail: 'the identity provider did not sign you in',
      reason: `sign-in: the provider says ${plainError(error.error)}`,
    });
  }
  // The code was used before, has expired, or was issued for another verifier.
  if (error instanceof library.ResponseBodyError && error.error === 'invalid_grant')
    return denyCallback('invalid_grant');
  if (error instanceof library.ClientError && INVALID.has(error.code ?? '')) return denyCallback(error.code ?? '');
  throw providerFault(error);
}

/** Creates the refusal for a redirect that completes no sign-in. The response has the same text for every reason. */
export function denyCallback(reason: string): Denial {
  return deny('ERR_SIGN_IN_INVALID', { reason: `sign-in: ${reason}` });
}

function plainError(text: string): string {
  return /^[a-z_]{1,40}$/.test(text) ? text : 'an unknown error';
}
