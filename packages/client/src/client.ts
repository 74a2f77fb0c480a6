import { apiUsers, policies } from './management/api-users.js';
import { audit } from './management/audit.js';
import type { ClientCredential } from './management/credential.js';
import { groups } from './management/groups.js';
import { invitations } from './management/invitations.js';
import { ingestionKeys, organizationKeys, userKeys } from './management/keys.js';
import { organizations } from './management/organizations.js';
import { type CallOptions, createSender, type SendSettings } from './management/send.js';
import { users } from './management/users.js';
import type { CatalogueAnswer, WhoAnswer } from './management/wire.js';
import { assertInteger, assertKnownNames, assertUrl } from './option-checks.js';

/** Options of {@link createClient}. */
export interface ClientOptions {
  /** Address of the Flairgate: https, or http on this machine. */
  readonly url: string;
  /** Who the client acts as. */
  readonly credential: ClientCredential;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Longest time of one attempt. 100 to 60,000, default 10,000. */
  readonly timeoutMs?: number;
  /** How often a call that may be repeated is tried again. 0 to 10, default 2. */
  readonly maxRetries?: number;
  /** Longest pause before another attempt; a service that asks for more is not asked again. 0 to 300, default 5. */
  readonly maxRetryWaitSeconds?: number;
  /** Milliseconds since 1970. Default: the system's. */
  readonly now?: () => number;
  /** Pauses before another attempt. Default: a timer. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Everything a Flairgate service offers to those who manage it. */
export type FlairgateClient = ReturnType<typeof createClient>;

const NAMES: Readonly<Record<keyof ClientOptions, true>> = {
  url: true,
  credential: true,
  fetch: true,
  timeoutMs: true,
  maxRetries: true,
  maxRetryWaitSeconds: true,
  now: true,
  wait: true,
};

/**
 * Makes a client of a Flairgate service.
 *
 * A key is exchanged for a token at the first call, and again 30 seconds before the token ends or when one is refused.
 * Secrets go into bodies and headers, never into an address. Reads, creates and rotations are tried again after 429, 503 and
 * silence, other commands after 429 alone: creates and rotations carry an idempotency key. Answers are of the wire's types and
 * not checked.
 *
 * @throws TypeError for a bad option. Calls reject with FlairgateClientError, or with the reason of their signal.
 * @example
 * const client = createClient({ url, credential: { kind: 'organization-key', oid, key } });
 * const { api_key: secret } = await client.organizationKeys.create(oid, { name: 'vendor[segment]' });
 */
export function createClient(options: ClientOptions) {
  const { send, source } = createSender(parseOptions(options));
  return Object.freeze({
    /** Says who is calling, and what they may do. */
    who: (call?: CallOptions) => send<WhoAnswer>({ method: 'GET', path: '/v1/who' }, call),
    /** Gives the token that calls carry: a fresh one where the last one ends soon. */
    token: (call: CallOptions = {}) => source.token(call.signal),
    /** Has the next call carry a new token: what was granted since the last one counts then. */
    renewToken: source.renew,
    /** Lists every permission there is. */
    catalogue: (call?: CallOptions) =>
      send<CatalogueAnswer>({ method: 'GET', path: '/owner_permissions', open: true }, call),
    organizations: organizations(send, source.renew),
    organizationKeys: organizationKeys(send),
    userKeys: userKeys(send),
    ingestionKeys: ingestionKeys(send),
    users: users(send),
    invitations: invitations(send, source.renew),
    groups: groups(send),
    apiUsers: apiUsers(send),
    policies: policies(send),
    audit: audit(send),
  });
}

function parseOptions(options: ClientOptions): SendSettings {
  assertKnownNames('createClient', options, NAMES);
  const { url, credential, now = Date.now, wait = pause } = options;
  const { timeoutMs = 10_000, maxRetries = 2, maxRetryWaitSeconds = 5 } = options;
  const given = options.fetch;
  assertUrl(url);
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

/** What each kind of credential must have, as texts. */
const TEXTS: Readonly<Record<ClientCredential['kind'], readonly string[]>> = {
  'organization-key': ['oid', 'key'],
  'user-key': ['uid', 'key'],
  key: ['key'],
  token: [],
};

function assertCredential(credential: ClientCredential): void {
  const texts = Object.hasOwn(TEXTS, credential?.kind) ? TEXTS[credential.kind] : undefined;
  if (texts === undefined) throw new TypeError(`credential: its kind is one of ${Object.keys(TEXTS).join(', ')}`);
  for (const name of texts) {
    const value: unknown = Reflect.get(credential, name);
    if (typeof value !== 'string' || value === '') throw new TypeError(`credential.${name}: write a text`);
  }
  if (credential.kind === 'token' && typeof credential.token !== 'function') {
    throw new TypeError('credential.token: give a function that gives a token');
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
