import { allow, type Denial, deny, OptionError, type Outcome } from '@flairgate/core';
import { dependencyCodes, isFetchable } from '@flairgate/core/internal';
import { createCheckedFetch } from '@flairgate/express';
import type { Configuration, CustomFetch } from 'openid-client';
import type { OidcSettings } from './console-options.js';
import type { PendingSignIn } from './pending-sign-in.js';
import { providerFault } from './provider-fault.js';

type OpenIdClient = typeof import('openid-client');

/** A person whom the provider has signed in, by the claims of the verified ID token. */
export interface ProvidedSubject {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
  readonly isEmailVerified: boolean;
}

/** An OpenID provider, as the sign-in of the console uses it. Each call may fail with `UnavailableError`. */
export interface Provider {
  /** Reads the provider's metadata, unless that was done a short time ago. */
  prepare(): Promise<void>;
  /** Returns the URL at which the provider signs a person in. */
  authorizationUrl(pending: PendingSignIn): Promise<URL>;
  /** Exchanges the code in the query of the provider's redirect for the person's claims. */
  redeem(query: URLSearchParams, pending: PendingSignIn): Promise<Outcome<ProvidedSubject>>;
}

/**
 * Milliseconds for which the provider's metadata is used before it is read again. Short, so that a browser is not sent
 * to a provider that has been down for longer.
 */
const FRESH_MS = 30_000;

/** Milliseconds for which a failed read of the metadata is not repeated. */
const RETRY_PAUSE_MS = 5000;

/** Parameters of flows that were not requested. The library would report them as a failure of the provider. */
const OTHER_FLOWS: readonly string[] = ['id_token', 'token', 'response'];

const TIMEOUT_SECONDS = 10;
const MAX_BYTES = 256 * 1024;

/** Loads the library. It is not loaded by services without this sign-in. */
async function loadLibrary(): Promise<OpenIdClient> {
  try {
    return await import('openid-client');
  } catch (error) {
    throw new OptionError('console.oidc: needs the package openid-client: npm install openid-client', { cause: error });
  }
}

/**
 * Opens a provider. Its metadata is read at the first sign-in, so that the service starts while the provider is down.
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
  // Verifies the signature of the ID token even though it comes from the provider itself.
  library.enableNonRepudiationChecks(configuration);
  return configuration;
}

/** Chooses how the client authenticates. The default of a provider that names no method is `client_secret_basic`. */
function clientAuthentication(
  library: OpenIdClient,
  secret: string | undefined,
  methods: readonly string[] = ['client_secret_basic'],
) {
  if (secret === undefined) return library.None();
  return methods.includes('client_secret_basic') ? library.ClientSecretBasic(secret) : library.ClientSecretPost(secret);
}

/**
 * Creates the `fetch` for requests to the provider. It refuses URLs that must not be fetched, and limits the size of
 * responses.
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

/** Shares one read among concurrent calls, keeps its result for a while, and pauses after a failure. */
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
  // Many providers give the address, or whether it is verified, only at the userinfo endpoint.
  const isStated = claims.email !== undefined && claims.email_verified !== undefined;
  const isComplete = isStated || configuration.serverMetadata().userinfo_endpoint === undefined;
  const person = isComplete ? claims : await library.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  return allow({
    issuer: claims.iss,
    subject: claims.sub,
    email: typeof person.email === 'string' ? person.email : undefined,
    // Some providers send text, which is not what the standard defines and proves nothing.
    isEmailVerified: person.email_verified === true,
  });
}

/** OAuth error codes with which a provider reports that it is temporarily unavailable. @see RFC 6749 §4.1.2.1 */
const UNAVAILABLE: readonly string[] = ['temporarily_unavailable', 'server_error'];

/**
 * Error codes of the library that mean that the redirect or the ID token is invalid, and not that the provider failed.
 */
const INVALID: ReadonlySet<string> = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
]);

/**
 * Returns the refusal for an error of the library.
 *
 * @throws UnavailableError if the provider is down, or does not accept this service as its client.
 */
function denyProvided(library: OpenIdClient, error: unknown): Denial {
  if (error instanceof library.AuthorizationResponseError) {
    // Returned and not thrown, so that it is counted for the address: the browser can send this error by itself.
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

/** Creates the refusal for a redirect that completes no sign-in. All reasons have the same text. */
export function denyCallback(reason: string): Denial {
  return deny('ERR_SIGN_IN_INVALID', { reason: `sign-in: ${reason}` });
}

function plainError(text: string): string {
  return /^[a-z_]{1,40}$/.test(text) ? text : 'an unknown error';
}
