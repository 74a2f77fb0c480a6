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
import { parseResources } from './exchange/resources.js';

/** Options of {@link createService}. */
export interface ServiceOptions {
  /** Opened store. Closing the service does not close it. */
  readonly store: Store;
  /** URL of this service. It is the issuer of its tokens and appears in its metadata. */
  readonly issuer: string;
  /** Audience of its tokens. */
  readonly audience: string;
  /**
   * Protected resources that callers can ask for a token for, by `resource` at the exchange (RFC 8707), such as
   * `https://mcp.example/mcp`. Each is the audience of its tokens.
   *
   * @default none
   */
  readonly resources?: readonly string[];
  /**
   * Shared secret of at least 32 bytes. With it, tokens are signed with HS256.
   *
   * @default a ring of ES256 keys in the store
   */
  readonly tokenSecret?: string | Uint8Array;
  /** Further issuers whose bearer tokens are accepted, each with its own keys. By default none. */
  readonly issuers?: readonly IssuerOptions[];
  /**
   * Longest lifetime of a token in seconds, 1 to 86,400.
   *
   * @default 3600
   */
  readonly maxTokenSeconds?: number;
  /**
   * Largest token in bytes, 1024 to 65,536.
   *
   * @default 8192
   */
  readonly maxTokenBytes?: number;
  /**
   * Size in bytes, 0 to 65,536, above which a token for several organizations has the compact form.
   *
   * @default 4096
   */
  readonly compactAboveBytes?: number;
  /**
   * Catalogue of all permissions. The first service stores it; one that differs from the stored one is refused.
   *
   * @default the one that is stored, else LimaCharlie's and Lime's permissions together
   */
  readonly catalogue?: Catalogue;
  /** Format of new keys: `fg`, or `uuid` for LimaCharlie's older clients. @default 'fg' */
  readonly keyFormat?: KeyFormat;
  /**
   * Treatment of words in square brackets that are not flairs, in names of new keys: they are refused, or kept as
   * plain text where no reader takes them for a flair. @default 'refuse'
   */
  readonly unknownFlairs?: UnknownFlairs;
  /** True if no two organizations can have one name. @default false */
  readonly uniqueOrganizationNames?: boolean;
  /** Algorithm of the keys that sign tokens, unless there is a `tokenSecret`. @default 'ES256' */
  readonly tokenAlgorithm?: RingAlgorithm;
  /**
   * Hashing of keys. If given, older keys are hashed again at their next use. By default, new keys are hashed by PBKDF2
   * with 30,000 rounds, and older keys stay unchanged.
   */
  readonly keyHash?: HashSetting;
  /** True if lists show new ingestion keys in full, like LimaCharlie; otherwise they are always masked. @default false */
  readonly readableIngestionKeys?: boolean;
  /** True if secrets can be sent in the query of a `GET`, where they end up in logs. @default false */
  readonly allowGetExchange?: boolean;
  /** True if the exchange also answers at `/`, the address that LimaCharlie's clients use. @default false */
  readonly exchangeAtRoot?: boolean;
  /**
   * Limit on the calls of each identity, on every route that needs a credential. All keys of a user count together
   * unless `by` says otherwise.
   *
   * @default no limit
   */
  readonly rateLimit?: RateLimitOptions;
  /** Limits on what one caller can own. @default `DEFAULT_CALLER_LIMITS` of `@flairgate/core` */
  readonly limits?: Partial<CallerLimits>;
  /** Workloads that other issuers vouch for. @default GitHub Actions and GitLab.com can be trusted */
  readonly federation?: FederationOptions;
  /**
   * Folder of a console's built files, as exported by `@flairgate/console`. It is served at `/console`.
   *
   * @default no console
   */
  readonly consoleFolder?: string;
  /**
   * Proxies in front of the service: their number, or their addresses and ranges. They report the address of the caller,
   * which address ranges of keys, limits and the audit use.
   *
   * @default the app's own setting `trust proxy`
   */
  readonly trustProxy?: TrustedProxies;
  /** Header in which the proxies report the address of the caller. @default 'x-forwarded-for' */
  readonly proxyHeader?: ProxyHeader;
  /**
   * Ids of requests: `given` takes over `X-Request-Id` or `traceparent` of the caller, `always` also makes one where
   * there is none, `never` ignores them. They are sent back, and are `instance` of refusals.
   * @default 'given'
   */
  readonly requestIds?: 'given' | 'always' | 'never';
  /**
   * Writes the metrics of this process, such as `getMetricsRequestHandler` of a Prometheus exporter. It answers
   * `GET /metrics` for callers with a service key.
   * @default no such route
   */
  readonly metrics?: (req: IncomingMessage, res: ServerResponse) => void;
  /** Other options of the gate that protects the routes. */
  readonly gate?: Omit<GateOptions, 'store' | 'tokens' | 'catalogue' | 'clock' | 'keyHash'>;
  /**
   * @default the clocks of this process
   */
  readonly clock?: Clock;
  /**
   * Source of the random bytes of keys and ids.
   *
   * @default randomBytes of node:crypto
   */
  readonly random?: (bytes: number) => Uint8Array;
}

/** Options of federations. */
export interface FederationOptions {
  /** Issuers whose tokens organizations can trust. @default GitHub Actions and GitLab.com */
  readonly issuers?: readonly FederationIssuerOptions[];
  /** True if metadata and keys can be at addresses that are not public. @default false */
  readonly allowPrivateAddresses?: boolean;
  /** Function that fetches metadata and keys. @default `createCheckedFetch` of `@flairgate/express` */
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
  trustProxy: true,
  proxyHeader: true,
  requestIds: true,
  metrics: true,
  gate: true,
  clock: true,
  random: true,
};

/** Options of the gate that the service sets itself. They are refused in `gate`. */
const GATE_NAMES_TAKEN = ['store', 'tokens', 'catalogue', 'clock', 'keyHash'];

/** Smallest value, largest value and default of each number. */
const NUMBERS = {
  maxTokenSeconds: [1, 86_400, 3600],
  maxTokenBytes: [1024, 65_536, 8192],
  compactAboveBytes: [0, 65_536, 4096],
} as const;

type NumberName = keyof typeof NUMBERS;
type FlagName = 'readableIngestionKeys' | 'allowGetExchange' | 'exchangeAtRoot' | 'uniqueOrganizationNames';

/** Options that are checked here. The others are checked where they are used. */
export type ServiceSettings = Readonly<Record<NumberName, number>> &
  Readonly<Record<FlagName, boolean>> & {
    readonly requestIds: 'given' | 'always' | 'never';
    readonly keyFormat: KeyFormat;
    readonly unknownFlairs: UnknownFlairs;
    readonly tokenAlgorithm: RingAlgorithm;
    readonly limits: CallerLimits;
    readonly resources: readonly string[];
  };

/**
 * Checks the options and fills in defaults.
 *
 * @throws OptionError naming the option, and the nearest known one for an unknown name.
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

/** Returns one of the words, the first by default. */
function wordIn<W extends string>(name: WordName, options: ServiceOptions, words: readonly [W, ...W[]]): W {
  const value: unknown = options[name] ?? words[0];
  const known = words.find((word) => word === value);
  if (known !== undefined) return known;
  throw new OptionError(`${name}: must be ${words.join(' or ')}`);
}
