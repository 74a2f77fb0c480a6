import { apiUsers, policies } from './management/api-users.js';
import { audit } from './management/audit.js';
import type { ClientCredential } from './management/credential.js';
import { explain } from './management/explain.js';
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
  /** Address of the Flairgate: https, or http on this machine. */
  readonly url: string;
  /** Credential that the client acts with. */
  readonly credential: ClientCredential;
  /** @default the platform's `fetch` */
  readonly fetch?: typeof globalThis.fetch;
  /** Longest time of one attempt in milliseconds, 100 to 60,000. @default 10000 */
  readonly timeoutMs?: number;
  /** Number of further attempts for a call that can be repeated, 0 to 10. @default 2 */
  readonly maxRetries?: number;
  /** Longest pause before a further attempt, 0 to 300 seconds. If the service asks for a longer pause, the call fails. @default 5 */
  readonly maxRetryWaitSeconds?: number;
  /**
   * Hosts that are called by http, such as `auth` in a cluster whose proxy ends TLS. Everything on that network can read
   * the secrets that are sent.
   * @default none
   */
  readonly allowHttp?: readonly string[];
  /** Returns milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** Pauses before a further attempt. @default a timer */
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
 * Creates a client of a Flairgate service.
 *
 * A key is exchanged for a token at the first call, again 30 seconds before the token expires, and again when the service refuses the token.
 * Secrets are sent in bodies and headers, never in a URL. Reads, creates and rotations are retried after 429, 503 and a
 * missing answer; other commands only after 429. Creates and rotations carry an idempotency key. The shape of answers is not
 * checked.
 *
 * @throws TypeError for an unknown option or a value out of range. Calls reject with FlairgateClientError, or with the reason of
 * their signal.
 * @example
 * const client = createClient({ url, credential: { kind: 'organization-key', oid, key } });
 * const { api_key: secret } = await client.organizationKeys.create(oid, { name: 'vendor[segment]' });
 */
export function createClient(options: ClientOptions) {
  const { send, source } = createSender(parseClientOptions(options));
  return Object.freeze({
    /** Returns the identity of the caller and its permissions. */
    who: (call?: CallOptions) => send<WhoAnswer>({ method: 'GET', path: '/v1/who' }, call),
    /** Returns the token that calls carry, exchanged again if the last one expires within 30 seconds. */
    token: (call: CallOptions = {}) => source.token(call.signal),
    /** Discards the token. The next call exchanges a new one, which includes what was granted since. */
    renewToken: source.renew,
    /** Returns every permission of the service. */
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
    // Browsers refuse to run theirs as a method of something else.
    fetch: (input, init) => (given ?? globalThis.fetch)(input, init),
    timeoutMs,
    maxRetries,
    maxRetryWaitSeconds,
    now,
    wait,
  };
}

/** Members that each kind of credential must have as non-empty strings. */
const TEXTS: Readonly<Record<ClientCredential['kind'], readonly string[]>> = {
  'organization-key': ['oid', 'key'],
  'user-key': ['uid', 'key'],
  key: ['key'],
  token: [],
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
