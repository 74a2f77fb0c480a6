import { DEFAULT_CALLER_LIMITS } from '@flairgate/core/administration';
import type { GateOptions } from '@flairgate/express';
import type { ServiceOptions } from '@flairgate/server';
import { z } from 'zod';
import { catalogueItems } from '../catalogue-file.js';
import { consoleSection } from './console.js';
import { flagField, integerField, oneOfField, section, setting, text } from './fields.js';
import { federationIssuerList, issuerList } from './issuers.js';

const MOST = 1_000_000_000;
const REDIS_REMEDY = 'must be redis://... or rediss://...';
const proxies = z.union(
  [z.int().min(1).max(32), z.array(z.string().regex(/^[^\s,]+$/)).min(1), z.string().regex(/^\S+$/)],
  { error: 'must be a number of proxies from 1 to 32, or a list of their addresses and ranges' },
);

/** Schema of the configuration file. */
export const configurationSchema = z.strictObject(
  {
    listen: section({
      port: setting(integerField(0, 65_535), { variable: 'PORT', fallback: 8787 }),
      host: setting(text('a host name or an address'), { variable: 'HOST', fallback: '127.0.0.1' }),
      metrics_port: setting(integerField(0, 65_535), { variable: 'FLAIRGATE_METRICS_PORT' }),
    }),
    database: section({
      url: setting(text('postgres://... or a file name'), { variable: 'DATABASE_URL', isSecretUrl: true }),
      folder: setting(text('a folder'), { variable: 'FLAIRGATE_DATA', fallback: '.flairgate' }),
      master_key_file: setting(text('a file')),
      pooler: setting(flagField(), { variable: 'FLAIRGATE_POOLER', fallback: false }),
      schema: setting(text('a schema of PostgreSQL')),
      pool_max: setting(integerField(1, 600_000), { fallback: 10 }),
      connect_timeout_ms: setting(integerField(1, 600_000), { fallback: 5000 }),
      statement_timeout_ms: setting(integerField(1, 600_000), { fallback: 5000 }),
      lock_timeout_ms: setting(integerField(1, 600_000), { fallback: 1000 }),
      busy_timeout_ms: setting(integerField(0, 600_000), { fallback: 5000 }),
    }),
    redis: section({
      url: setting(z.string({ error: REDIS_REMEDY }).regex(/^rediss?:\/\/\S+$/, { error: REDIS_REMEDY }), {
        variable: 'REDIS_URL',
        isSecretUrl: true,
      }),
      prefix: setting(text('the start of the keys in Redis'), { fallback: 'flairgate:' }),
    }),
    authentication: section({
      api_key_rounds_no: setting(integerField(1000, 10_000_000), { fallback: 30_000 }),
    }),
    keys: section({
      format: setting(oneOfField(['fg', 'uuid']), { variable: 'FLAIRGATE_KEY_FORMAT', fallback: 'fg' }),
      unknown_flairs: setting(oneOfField(['refuse', 'keep']), { fallback: 'refuse' }),
    }),
    tokens: section({
      issuer: setting(z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }), {
        variable: 'FLAIRGATE_ISSUER',
      }),
      audience: setting(text('a name or a URL'), { variable: 'FLAIRGATE_AUDIENCE', fallback: 'flairgate' }),
      secret_file: setting(text('a file')),
      max_seconds: setting(integerField(1, 86_400), { fallback: 3600 }),
      max_bytes: setting(integerField(1024, 65_536), { fallback: 8192 }),
      compact_above_bytes: setting(integerField(0, 65_536), { fallback: 4096 }),
      algorithm: setting(oneOfField(['ES256', 'RS256']), { fallback: 'ES256' }),
      issuers: setting(issuerList),
      resources: setting(
        z.array(text('an address'), { error: 'must be a list of addresses, such as https://mcp.example/mcp' }),
      ),
    }),
    exchange: section({
      allow_get: setting(flagField(), { fallback: true }),
      at_root: setting(flagField(), { fallback: true }),
    }),
    federation: section({
      issuers: setting(federationIssuerList),
      allow_private_addresses: setting(flagField(), { fallback: false }),
    }),
    organizations: section({ unique_names: setting(flagField(), { fallback: false }) }),
    ingestion_keys: section({ readable: setting(flagField(), { fallback: false }) }),
    limits: setting(z.record(z.string(), z.number(), { error: 'must have names and integers below it' }).nullable(), {
      fallback: DEFAULT_CALLER_LIMITS,
    }),
    catalogue: setting(catalogueItems),
    missing_permission_status: setting(z.union([z.literal(401), z.literal(403)], { error: 'must be 401 or 403' }), {
      fallback: 401,
    }),
    scope_separator: setting(oneOfField(['.', ':']), { fallback: '.' }),
    usage: setting(flagField(), { fallback: true }),
    preflight: setting(flagField(), { fallback: false }),
    bearer_keys: setting(flagField(), { fallback: false }),
    key_headers: setting(z.array(text('a header'), { error: 'must be a list of header names, such as x-auth-token' })),
    revocation: section({
      max_staleness_seconds: setting(integerField(1, 300), { fallback: 30 }),
      max_cached_principals: setting(integerField(1, MOST), { fallback: 10_000 }),
    }),
    rate_limits: section({
      calls: setting(integerField(1, MOST), { variable: 'FLAIRGATE_LIMIT', fallback: 1000 }),
      bulk_calls: setting(integerField(1, MOST), { variable: 'FLAIRGATE_BULK_LIMIT' }),
      refusals: setting(integerField(0, MOST), { variable: 'FLAIRGATE_FAILURE_LIMIT', fallback: 3000 }),
      window_seconds: setting(integerField(1, 86_400), { variable: 'FLAIRGATE_WINDOW_SECONDS', fallback: 60 }),
      by: setting(oneOfField(['identity', 'organization', 'user', 'address']), { fallback: 'user' }),
      on_store_failure: setting(oneOfField(['local', 'open', 'closed']), { fallback: 'local' }),
    }),
    proxies: section({
      trust: setting(proxies, { variable: 'FLAIRGATE_TRUST_PROXY' }),
      header: setting(oneOfField(['x-forwarded-for', 'forwarded']), { fallback: 'x-forwarded-for' }),
    }),
    console: consoleSection,
    request_ids: setting(oneOfField(['given', 'always', 'never']), { fallback: 'given' }),
    telemetry: section({
      metrics: setting(flagField(), { fallback: true }),
      otlp_url: setting(z.url({ protocol: /^https?$/, error: 'must be the http or https URL of a collector' }), {
        variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      }),
    }),
    log: section({
      requests: setting(flagField(), { fallback: false }),
      level: setting(oneOfField(['fatal', 'error', 'warn', 'info', 'silent']), { fallback: 'info' }),
    }),
  },
  { error: ({ code }) => (code === 'invalid_type' ? 'must have names of settings, such as `tokens`' : undefined) },
);

/** Parsed content of a configuration file. */
export type FileContent = z.output<typeof configurationSchema>;

/**
 * Options of `createService` that no single member of the file sets. For example, the option `gate` has no such member,
 * because each gate option has a member of its own.
 */
type NotInFile = 'store' | 'clock' | 'random' | 'gate' | 'docsFolder';

/** Gate options that the service sets itself, or that only a program that uses the library can set. */
type GateNotInFile = 'store' | 'tokens' | 'catalogue' | 'clock' | 'keyHash' | 'answer' | 'property' | 'userProperty';

/**
 * Maps each option of `createService` and of the gate to the name of the member of the file that sets this option. The
 * type requires an entry for each new option.
 */
export const places: Readonly<
  Record<Exclude<keyof ServiceOptions, NotInFile> | Exclude<keyof GateOptions, GateNotInFile>, string>
> = {
  issuer: 'tokens.issuer',
  audience: 'tokens.audience',
  tokenSecret: 'tokens.secret_file',
  maxTokenSeconds: 'tokens.max_seconds',
  maxTokenBytes: 'tokens.max_bytes',
  compactAboveBytes: 'tokens.compact_above_bytes',
  tokenAlgorithm: 'tokens.algorithm',
  issuers: 'tokens.issuers',
  resources: 'tokens.resources',
  catalogue: 'catalogue',
  keyFormat: 'keys.format',
  unknownFlairs: 'keys.unknown_flairs',
  federation: 'federation.issuers',
  uniqueOrganizationNames: 'organizations.unique_names',
  keyHash: 'authentication.api_key_rounds_no',
  readableIngestionKeys: 'ingestion_keys.readable',
  allowGetExchange: 'exchange.allow_get',
  exchangeAtRoot: 'exchange.at_root',
  rateLimit: 'rate_limits.calls',
  failureLimit: 'rate_limits.refusals',
  limits: 'limits',
  consoleFolder: 'console.enabled',
  console: 'console.oidc.issuer',
  requestIds: 'request_ids',
  metrics: 'telemetry.metrics',
  trustProxy: 'proxies.trust',
  proxyHeader: 'proxies.header',
  maxStalenessSeconds: 'revocation.max_staleness_seconds',
  maxCachedPrincipals: 'revocation.max_cached_principals',
  missingPermissionStatus: 'missing_permission_status',
  scopeSeparator: 'scope_separator',
  usage: 'usage',
  preflight: 'preflight',
  bearerKeys: 'bearer_keys',
  keyHeaders: 'key_headers',
};
