import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Catalogue, type KeyFormat, OptionError, type UnknownFlairs } from '@flairgate/core';
import { type CallerLimits, parseCallerLimits } from '@flairgate/core/administration';
import type { HashSetting } from '@flairgate/core/calibrate';
import { assertKnownOptions, type Clock, parseInteger } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import {
  createHmacTokenKey,
  type FederationIssuerOptions,
  type Fetch,
  type IssuerOptions,
  type RingAlgorithm,
} from '@flairgate/core/tokens';
import type { GateOptions, ProxyHeader, RateLimitOptions, TrustedProxies } from '@flairgate/express';
import { type ConsoleOptions, type ConsoleSettings, parseConsoleOptions } from './console/console-options.js';
import { parseResources } from './exchange/resources.js';

/** Options of {@link createService}. */
export interface ServiceOptions<N extends string = string> {
  /** An open store. Closing the service does not close the store. */
  readonly store: Store;
  /** URL of this service. It is the issuer of the service's tokens and appears in the metadata. */
  readonly issuer: string;
  /** Audience of the tokens that this service issues. */
  readonly audience: string;
  /**
   * Protected resources, such as `https://mcp.example/mcp`, for which callers may request tokens. A token requested
   * with the field `resource` (RFC 8707) has that resource as its audience.
   * @default none
   */
  readonly resources?: readonly string[];
  /**
   * Shared secret of at least 32 bytes. If it is set, tokens are signed with HS256.
   *
   * @default a ring of ES256 keys in the store
   */
  readonly tokenSecret?: string | Uint8Array;
  /** Issuers other than this service whose bearer tokens are accepted. Each of them has its own keys. @default none */
  readonly issuers?: readonly IssuerOptions[];
  /**
   * Longest lifetime of a token in seconds, 1 to 86,400.
   *
   * @default 3600
   */
  readonly maxTokenSeconds?: number;
  /**
   * Maximum size of a token in bytes, 1024 to 65,536.
   *
   * @default 8192
   */
  readonly maxTokenBytes?: number;
  /**
   * Size in bytes, 0 to 65,536, above which a token for several organizations uses the compact format.
   *
   * @default 4096
   */
  readonly compactAboveBytes?: number;
  /**
   * Catalogue of all permissions. The first service that uses a store saves its catalogue in the store. Later, a
   * catalogue that differs from the stored one is refused.
   *
   * @default the stored catalogue, or LimaCharlie's and Lime's permissions if none is stored
   */
  readonly catalogue?: Catalogue<N>;
  /** Format of new keys: `fg`, or `uuid` for older LimaCharlie clients. @default 'fg' */
  readonly keyFormat?: KeyFormat;
  /**
   * Handling of an unknown word in square brackets in a new key name. A known word, such as `[segment]`, is a flair,
   * which restricts the key. `refuse` refuses a name with an unknown word. `keep` keeps this word as plain text, unless
   * a person could mistake it for a flair.
   * @default 'refuse'
   */
  readonly unknownFlairs?: UnknownFlairs;
  /** True if organization names must be unique. @default false */
  readonly uniqueOrganizationNames?: boolean;
  /** Algorithm of the keys that sign tokens. Ignored if `tokenSecret` is set. @default 'ES256' */
  readonly tokenAlgorithm?: RingAlgorithm;
  /**
   * Hash algorithm for keys. If it is set, existing keys are rehashed at their next use. If it is not set, new keys are
   * hashed with PBKDF2 (30,000 iterations), and existing hashes stay unchanged.
   */
  readonly keyHash?: HashSetting;
  /** True if lists show new ingestion keys in full, as LimaCharlie does. If false, lists mask them. @default false */
  readonly readableIngestionKeys?: boolean;
  /** True if secrets may be sent in the query of a `GET` request. Queries are written to logs. @default false */
  readonly allowGetExchange?: boolean;
  /** True if the exchange is also served at `/`, the path that LimaCharlie's clients use. @default false */
  readonly exchangeAtRoot?: boolean;
  /**
   * Limit on the number of calls to routes that need a credential. All keys of a user count together, unless the member
   * `by` of this option selects another way to count.
   *
   * @default no limit
   */
  readonly rateLimit?: RateLimitOptions;
  /** Limits on the number of objects that one caller may own. @default `DEFAULT_CALLER_LIMITS` of `@flairgate/core` */
  readonly limits?: Partial<CallerLimits>;
  /**
   * Options for federations. A federation is a workload, such as a CI job, that identifies itself with the token of an
   * external issuer.
   * @default GitHub Actions and GitLab.com are allowed as issuers
   */
  readonly federation?: FederationOptions;
  /**
   * Folder with the console's built files, as exported by `@flairgate/console`. The console is served at `/console`.
   *
   * @default no console
   */
  readonly consoleFolder?: string;
  /** Options of the console, such as the sign-in with an OpenID provider. @default sign-in with keys only */
  readonly console?: ConsoleOptions;
  /**
   * Folder with the built page that documents the API, as exported by `@flairgate/console`. The page is served at
   * `/docs`.
   *
   * @default no page
   */
  readonly docsFolder?: string;
  /**
   * Trusted proxies in front of the service: their number, or their addresses and address ranges. The proxies report
   * the caller's address. The service needs this address for keys' address ranges, limits and the audit.
   *
   * @default the app's `trust proxy` setting
   */
  readonly trustProxy?: TrustedProxies;
  /** Header in which the proxies report the caller's address. @default 'x-forwarded-for' */
  readonly proxyHeader?: ProxyHeader;
  /**
   * Source of request ids. `given` uses the caller's `X-Request-Id` or `traceparent`; `always` also generates an id if
   * the caller sends none; `never` ignores both headers. Responses carry the id, and refusals contain it as `instance`.
   * @default 'given'
   */
  readonly requestIds?: 'given' | 'always' | 'never';
  /**
   * Function that writes the metrics of this process to the response, for example `getMetricsRequestHandler` of a
   * Prometheus exporter. It is called for `GET /metrics`, which requires a service key.
   * @default no such route
   */
  readonly metrics?: (req: IncomingMessage, res: ServerResponse) => void;
  /**
   * Further options for the gate that protects the routes. The service itself sets the gate options that are omitted
   * here.
   */
  readonly gate?: Omit<GateOptions, 'store' | 'tokens' | 'catalogue' | 'clock' | 'keyHash'>;
  /** Clocks of the service. @default the clocks of this process */
  readonly clock?: Clock;
  /**
   * Source of random bytes for keys and ids.
   *
   * @default randomBytes of node:crypto
   */
  readonly random?: (bytes: number) => Uint8Array;
}

/** Options for federations. */
export interface FederationOptions {
  /** Issuers whose tokens organizations may trust. @default GitHub Actions and GitLab.com */
  readonly issuers?: readonly FederationIssuerOptions[];
  /** True if the metadata and keys of issuers may be fetched from addresses that are not public. @default false */
  readonly allowPrivateAddresses?: boolean;
  /** Function that fetches issuers' metadata and keys. @default `createCheckedFetch` of `@flairgate/express` */
  readonly fetch?: Fetch;
}

const SERVICE_OPTIONS: Readonly<Record<keyof ServiceOptions, true>> = {
  store: true,
  issuer: true,
  audience: true,
  resources: true,
  tokenSecret: true,
  issuers: true,
  maxTokenSeconds: true,
  maxTokenBytes: true,
  compactAboveBytes: true,
  catalogue: true,
  keyFormat: true,
  unknownFlairs: true,
  uniqueOrganizationNames: true,
  tokenAlgorithm: true,
  keyHash: true,
  readableIngestionKeys: true,
  allowGetExchange: true,
  exchangeAtRoot: true,
  rateLimit: true,
  limits: true,
  federation: true,
  consoleFolder: true,
  docsFolder: true,
  console: true,
  trustProxy: true,
  proxyHeader: true,
  requestIds: true,
  metrics: true,
  gate: true,
  clock: true,
  random: true,
};

/** Names of the gate's options that the service sets itself. The option `gate` must not contain these names. */
const GATE_NAMES_TAKEN = ['store', 'tokens', 'catalogue', 'clock', 'keyHash'];

/** Minimum, maximum and default of each numeric option. */
const NUMBERS = {
  maxTokenSeconds: [1, 86_400, 3600],
  maxTokenBytes: [1024, 65_536, 8192],
  compactAboveBytes: [0, 65_536, 4096],
} as const;

type NumberName = keyof typeof NUMBERS;
type FlagName = 'readableIngestionKeys' | 'allowGetExchange' | 'exchangeAtRoot' | 'uniqueOrganizationNames';

/** Options that `parseServiceOptions` has checked. All other options are checked by the code that uses them. */
export type ServiceSettings = Readonly<Record<NumberName, number>> &
  Readonly<Record<FlagName, boolean>> & {
    readonly requestIds: 'given' | 'always' | 'never';
    readonly keyFormat: KeyFormat;
    readonly unknownFlairs: UnknownFlairs;
    readonly tokenAlgorithm: RingAlgorithm;
    readonly limits: CallerLimits;
    readonly console: ConsoleSettings;
    readonly resources: readonly string[];
  };

/**
 * Checks the options and fills in defaults.
 *
 * @throws OptionError that names the option and, for an unknown name, suggests the nearest known one.
 */
export function parseServiceOptions(options: ServiceOptions): ServiceSettings {
  if (typeof options !== 'object' || options === null)
    throw new OptionError('createService: must be an object of options');
  assertKnownOptions('createService', options, Object.keys(SERVICE_OPTIONS));
  if (typeof options.store?.read !== 'function') throw new OptionError('store: must be an opened store');
  assertText('issuer', options.issuer);
  assertText('audience', options.audience);
  if (options.tokenSecret !== undefined) createHmacTokenKey(options.tokenSecret, 'tokenSecret');
  if (options.federation !== undefined) {
    assertKnownOptions('federation', options.federation, ['issuers', 'allowPrivateAddresses', 'fetch']);
  }
  if (options.consoleFolder !== undefined) assertText('consoleFolder', options.consoleFolder);
  if (options.docsFolder !== undefined) assertText('docsFolder', options.docsFolder);
  if (options.proxyHeader !== undefined && options.trustProxy === undefined) {
    throw new OptionError('proxyHeader: must be set together with trustProxy');
  }
  if (options.metrics !== undefined && typeof options.metrics !== 'function') {
    throw new OptionError('metrics: must be a function');
  }
  for (const name of Object.keys(options.gate ?? {})) {
    if (GATE_NAMES_TAKEN.includes(name))
      throw new OptionError(`gate.${name}: must be an option of the service, which sets it for the gate`);
  }
  return {
    maxTokenSeconds: numberIn('maxTokenSeconds', options),
    maxTokenBytes: numberIn('maxTokenBytes', options),
    compactAboveBytes: numberIn('compactAboveBytes', options),
    readableIngestionKeys: flagIn('readableIngestionKeys', options),
    allowGetExchange: flagIn('allowGetExchange', options),
    exchangeAtRoot: flagIn('exchangeAtRoot', options),
    uniqueOrganizationNames: flagIn('uniqueOrganizationNames', options),
    requestIds: wordIn('requestIds', options, ['given', 'always', 'never']),
    unknownFlairs: wordIn('unknownFlairs', options, ['refuse', 'keep']),
    tokenAlgorithm: wordIn('tokenAlgorithm', options, ['ES256', 'RS256']),
    keyFormat: wordIn('keyFormat', options, ['fg', 'uuid']),
    limits: parseCallerLimits(options.limits),
    console: parseConsoleOptions(options.console, {
      issuer: options.issuer,
      hasConsole: options.consoleFolder !== undefined,
    }),
    resources: parseResources(options.resources),
  };
}

function assertText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '')
    throw new OptionError(`${name}: must be text that is not empty`);
}

function numberIn(name: NumberName, options: ServiceOptions): number {
  const [least, most, fallback] = NUMBERS[name];
  return parseInteger(name, options[name], { least, most, fallback });
}

function flagIn(name: FlagName, options: ServiceOptions): boolean {
  const value: unknown = options[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw new OptionError(`${name}: must be true or false`);
}

type WordName = 'requestIds' | 'keyFormat' | 'unknownFlairs' | 'tokenAlgorithm';

/** Returns the value of an option that must be one of `words`. If the option is not set, returns the first word. */
function wordIn<W extends string>(name: WordName, options: ServiceOptions, words: readonly [W, ...W[]]): W {
  const value: unknown = options[name] ?? words[0];
  const known = words.find((word) => word === value);
  if (known !== undefined) return known;
  throw new OptionError(`${name}: must be ${words.join(' or ')}`);
}
