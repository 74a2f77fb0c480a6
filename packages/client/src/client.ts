import { apiUsers, policies } from './management/api-users.js';
import { audit } from './management/audit.js';
import type { ClientCredential } from './management/credential.js';
import { explain, explainAll } from './management/explain.js';
import { federations } from './management/federations.js';
import { groups } from './management/groups.js';
import { invitations } from './management/invitations.js';
import { ingestionKeys, organizationKeys, userKeys } from './management/keys.js';
import { organizations } from './management/organizations.js';
import { type CallOptions, createSender, type SendSettings } from './management/send.js';
import { usage } from './management/usage.js';
import { users } from './management/users.js';
import type { CatalogueAnswer, WhoAnswer } from './management/wire.js';
import { assertInteger, assertKnownNames, assertUrl } from './option-checks.js';

/** Options of {@link createClient}. */
export interface ClientOptions {
  /**
   * URL of the Flairgate service. Must be an https URL. An http URL is allowed only for this machine and for the hosts
   * in `allowHttp`.
   */
  readonly url: string;
  /** Credential that the client sends, or that it exchanges for a token. */
  readonly credential: ClientCredential;
  /** Function that sends HTTP requests. @default the platform's `fetch` */
  readonly fetch?: typeof globalThis.fetch;
  /** Timeout for one attempt in milliseconds, 100 to 60,000. @default 10000 */
  readonly timeoutMs?: number;
  /** Maximum number of retries for a call that is safe to repeat, 0 to 10. @default 2 */
  readonly maxRetries?: number;
  /**
   * Longest pause before a retry, 0 to 300 seconds. If the service asks for a longer pause, the call fails.
   * @default 5
   */
  readonly maxRetryWaitSeconds?: number;
  /**
   * Names of hosts that the client may call by plain http, such as `auth` in a cluster whose proxy terminates TLS.
   * Anyone on the network between the client and such a host can read the secrets that the client sends.
   *
   * @default none
   */
  readonly allowHttp?: readonly string[];
  /** Returns the current time in milliseconds since the Unix epoch. @default Date.now */
  readonly now?: () => number;
  /** Waits before a retry. @default a timer */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The management calls of a Flairgate service, grouped by subject. */
export type FlairgateClient = ReturnType<typeof createClient>;

const CLIENT_OPTIONS: Readonly<Record<keyof ClientOptions, true>> = {
  url: true,
  credential: true,
  fetch: true,
  timeoutMs: true,
  maxRetries: true,
  maxRetryWaitSeconds: true,
  allowHttp: true,
  now: true,
  wait: true,
};

/**
 * Creates a client for a Flairgate service.
 *
 * If the credential is of the kind `organization-key` or `user-key`, the first call exchanges the key for a token. A
 * later call exchanges the key again if the token expires within 30 seconds or the service refuses the token. Secrets
 * are sent in bodies and headers, never in a URL.
 *
 * Reads, creates and rotations are retried after status 429 (rate limit) or 503, or after a lost response. All other
 * commands are retried only after 429. Creates and rotations carry an idempotency key, so that a retry creates nothing
 * twice. The structure of responses is not checked.
 *
 * @throws TypeError for an unknown option or a value out of range. Calls reject with FlairgateClientError, or with the
 * abort reason of their signal.
 * @example
 * const client = createClient({ url, credential: { kind: 'organization-key', oid, key } });
 * const { api_key: secret } = await client.organizationKeys.create(oid, { name: 'vendor[segment]' });
 */
export function createClient(options: ClientOptions) {
  const { send, source } = createSender(parseClientOptions(options));
  return Object.freeze({
    /** Returns the caller's identity and permissions. */
    who: (call?: CallOptions) => send<WhoAnswer>({ method: 'GET', path: '/v1/who' }, call),
    /**
     * Returns the token that calls carry. If the token expires within 30 seconds, first obtains a new token. Rejects
     * with TypeError for a credential of the kind `key`, because such a client has no token.
     */
    token: (call: CallOptions = {}) => source.token(call.signal),
    /**
     * Discards the token. The next call obtains a new token. The new token contains rights that were granted after the
     * old token was issued.
     */
    renewToken: source.renew,
    /** Returns the catalogue: every permission that the service knows. */
    catalogue: (call?: CallOptions) =>
      send<CatalogueAnswer>({ method: 'GET', path: '/owner_permissions', open: true }, call),
    organizations: organizations(send, source.renew),
    organizationKeys: organizationKeys(send),
    userKeys: userKeys(send),
    ingestionKeys: ingestionKeys(send),
    federations: federations(send),
    users: users(send),
    invitations: invitations(send, source.renew),
    groups: groups(send),
    apiUsers: apiUsers(send),
    policies: policies(send),
    audit: audit(send),
    explain: explain(send),
    explainAll: explainAll(send),
    usage: usage(send),
  });
}

function parseClientOptions(options: ClientOptions): SendSettings {
  assertKnownNames('createClient', options, CLIENT_OPTIONS);
  const { url, credential, now = Date.now, wait = pause } = options;
  const { timeoutMs = 10_000, maxRetries = 2, maxRetryWaitSeconds = 5 } = options;
  const given = options.fetch;
  assertUrl(url, options.allowHttp);
  assertCredential(credential);
  assertInteger('timeoutMs', timeoutMs, 100, 60_000);
  assertInteger('maxRetries', maxRetries, 0, 10);
  assertInteger('maxRetryWaitSeconds', maxRetryWaitSeconds, 0, 300);
  return {
    url: url.replace(/\/+$/, ''),
    credential,
    // Browsers throw if `fetch` is called as a method of an object other than `window`.
    fetch: (input, init) => (given ?? globalThis.fetch)(input, init),
    timeoutMs,
    maxRetries,
    maxRetryWaitSeconds,
    now,
    wait,
  };
}

/** Names of the members that must be non-empty strings, for each kind of credential. */
const TEXTS: Readonly<Record<ClientCredential['kind'], readonly string[]>> = {
  'organization-key': ['oid', 'key'],
  'user-key': ['uid', 'key'],
  key: ['key'],
  token: [],
  'renewed-token': [],
};

function assertCredential(credential: ClientCredential): void {
  const texts = Object.hasOwn(TEXTS, credential?.kind) ? TEXTS[credential.kind] : undefined;
  if (texts === undefined) throw new TypeError(`credential.kind: must be one of ${Object.keys(TEXTS).join(', ')}`);
  for (const name of texts) {
    const value: unknown = Reflect.get(credential, name);
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`credential.${name}: must be a non-empty string`);
  }
  if (credential.kind === 'token' && typeof credential.token !== 'function') {
    throw new TypeError('credential.token: must be a function that returns a token');
  }
  if (credential.kind === 'renewed-token' && typeof credential.renew !== 'function') {
    throw new TypeError('credential.renew: must be a function that returns a new token');
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const timer = setTimeout(end, ms);
    function end() {
      signal?.removeEventListener('abort', abort);
      resolve();
    }
    function abort() {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', abort, { once: true });
  });
}
