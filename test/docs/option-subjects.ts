import { createClient, createServiceFetch } from '@flairgate/client';
import { createAuthenticator } from '@flairgate/core';
import { openAdministration } from '@flairgate/core/administration';
import { createResourceRules } from '@flairgate/core/resources';
import type { Store } from '@flairgate/core/store';
import {
  createCheckedFetch,
  createGate,
  createProxyTrust,
  createRequestIds,
  type Gate,
  oidcIssuer,
} from '@flairgate/express';
import { recordTelemetry } from '@flairgate/express/telemetry';
import { createService } from '@flairgate/server';
import { postgresStore } from '@flairgate/stores/postgres';
import { redisLimits, redisWakeUps } from '@flairgate/stores/redis';
import { remoteStore } from '@flairgate/stores/remote';
import { sqliteStore } from '@flairgate/stores/sqlite';

/** Page that has the options of everything, unless a subject names another. */
export const REFERENCE = 'docs/configuration.md';

/** Objects that the options are tried with. */
export interface Tried {
  readonly store: Store;
  readonly gate: Gate;
}

export interface Subject {
  /** The name in its heading. */
  readonly name: string;
  /** Declarations of its options. */
  readonly declared: readonly (readonly [file: string, name: string])[];
  /** Page that has the table, in place of {@link REFERENCE}. */
  readonly reference?: string;
  /** Another page that has the table as well. */
  readonly page?: string;
  /**
   * Calls it with these options, and with whatever else is needed to get as far as looking at them. Undefined if it
   * does not refuse unknown names: the options of a call, or those that Passport passes on.
   */
  readonly call?: (options: object, tried: Tried) => unknown;
}

const core = 'packages/core/dist/principal';
const express = 'packages/express/dist';
const stores = 'packages/stores/dist';
const authenticator = [`${core}/create-authenticator.d.ts`, 'AuthenticatorOptions'] as const;
const limits = `${express}/rate-limit/rate-limit-options.d.ts`;
const tokens = { issuer: 'https://auth.example', audience: 'rules' };
const provider = { issuer: 'https://login.example', clientId: 'console' };
const masterKey = new Uint8Array(32);

/** Options are wrong on purpose here, so the compiler is told nothing of them. */
function loose<R>(make: (options: never) => R): (options: object) => R {
  return make as (options: object) => R;
}

/** Functions whose options a page lists. */
export const subjects: readonly Subject[] = [
  {
    name: 'sqliteStore',
    declared: [
      [`${stores}/sqlite/sqlite-store.d.ts`, 'SqliteStoreOptions'],
      [`${stores}/sqlite/sqlite-store.d.ts`, 'SqliteOptions'],
    ],
    page: 'packages/stores/README.md',
    call: (options) => loose(sqliteStore)(options),
  },
  {
    name: 'postgresStore',
    declared: [
      [`${stores}/postgres/postgres-store.d.ts`, 'PostgresStoreOptions'],
      [`${stores}/postgres/postgres-store.d.ts`, 'PostgresOptions'],
    ],
    page: 'packages/stores/README.md',
    call: (options) => loose(postgresStore)({ masterKey, ...('poolx' in options ? { pool: 0 } : {}), ...options }),
  },
  {
    name: 'remoteStore',
    declared: [[`${stores}/remote/remote-store.d.ts`, 'RemoteStoreOptions']],
    page: 'packages/stores/README.md',
    call: (options) => loose(remoteStore)(options),
  },
  {
    name: 'redisLimits',
    declared: [
      [`${stores}/redis/redis-limits.d.ts`, 'RedisLimitsOptions'],
      [`${stores}/redis/redis-limits.d.ts`, 'RedisLimitsCommon'],
    ],
    call: (options) => loose(redisLimits)({ ...('clientx' in options ? { client: 0 } : {}), ...options }),
  },
  {
    name: 'redisWakeUps',
    declared: [
      [`${stores}/redis/redis-wake-ups.d.ts`, 'RedisWakeUpsOptions'],
      [`${stores}/redis/redis-wake-ups.d.ts`, 'RedisWakeUpsCommon'],
    ],
    call: (options) => loose(redisWakeUps)({ ...('clientx' in options ? { client: 0 } : {}), ...options }),
  },
  {
    name: 'createAuthenticator',
    declared: [authenticator],
    page: 'packages/core/README.md',
    call: (options, { store }) => loose(createAuthenticator)({ store, ...options }),
  },
  {
    name: 'tokens',
    declared: [[`${core}/find-token.d.ts`, 'TokenOptions']],
    call: (options, { store }) => loose(createAuthenticator)({ store, tokens: { ...tokens, ...options } }),
  },
  {
    name: 'tokens.issuers',
    declared: [[`${core}/token/verifier-options.d.ts`, 'IssuerOptions']],
    call: (options, { store }) =>
      loose(createAuthenticator)({ store, tokens: { ...tokens, issuers: [{ ...tokens, ...options }] } }),
  },
  {
    name: 'oidcIssuer',
    declared: [[`${core}/token/issuer/oidc-issuer.d.ts`, 'OidcIssuerOptions']],
    call: (options) => loose(oidcIssuer)({ ...tokens, ...options }),
  },
  {
    name: 'createGate',
    declared: [
      authenticator,
      [`${express}/gate-options.d.ts`, 'GateOptions'],
      [`${express}/request/credential-options.d.ts`, 'CredentialOptions'],
    ],
    page: 'packages/express/README.md',
    call: (options, { store }) => loose(createGate)({ store, ...options }),
  },
  {
    name: 'gate.authenticate',
    declared: [
      [`${express}/request/authenticate.d.ts`, 'AuthenticateOptions'],
      [`${express}/request/credential-options.d.ts`, 'CredentialOptions'],
    ],
    call: (options, { gate }) => loose(gate.authenticate)(options),
  },
  {
    name: 'gate.requirePermissions',
    declared: [[`${express}/require-permissions.d.ts`, 'RequirementOptions']],
    call: (options, { gate }) => gate.requirePermissions('dr.list', options),
  },
  {
    name: 'gate.rateLimit',
    declared: [
      [limits, 'RateLimitSizes'],
      [limits, 'RateLimitOptions'],
    ],
    call: (options, { gate }) => loose(gate.rateLimit)(options),
  },
  {
    name: 'failureLimit',
    declared: [[`${express}/rate-limit/failure-limit.d.ts`, 'FailureLimitOptions']],
    call: (options, { store }) => loose(createGate)({ store, failureLimit: options }),
  },
  {
    name: 'gate.guard',
    declared: [[`${express}/guard/guard-options.d.ts`, 'GuardOptions']],
    call: (options, { gate }) => loose(gate.guard)(options),
  },
  {
    name: 'gate.errorHandler',
    declared: [[`${express}/denial/error-handler.d.ts`, 'ErrorHandlerOptions']],
    call: (options, { gate }) => loose(gate.errorHandler)(options),
  },
  {
    name: 'gate.protectedResource',
    declared: [[`${express}/protected-resource/resource-options.d.ts`, 'ProtectedResourceOptions']],
    call: (options, { gate }) => loose(gate.protectedResource)(options),
  },
  {
    name: 'gate.requireToolPermissions',
    declared: [[`${express}/require-permissions.d.ts`, 'RequirementOptions']],
    call: (options, { gate }) => gate.requireToolPermissions({ list: [] }, options),
  },
  {
    name: 'gate.mcpAuthInfo',
    declared: [
      [`${express}/require-permissions.d.ts`, 'RequirementOptions'],
      [`${express}/mcp/auth-info.d.ts`, 'McpAuthInfoOptions'],
    ],
    call: (options, { gate }) => gate.mcpAuthInfo({} as Parameters<Gate['mcpAuthInfo']>[0], options),
  },
  {
    name: 'gate.identify',
    declared: [[`${express}/request/authenticate-upgrade.d.ts`, 'IdentifyRequestOptions']],
    call: (options, { gate }) => gate.identify({} as Parameters<Gate['identify']>[0], options),
  },
  {
    name: 'gate.strategies',
    declared: [[`${express}/strategies/gate-strategy.d.ts`, 'GateStrategyOptions']],
  },
  {
    name: 'sendDenial',
    declared: [[`${express}/denial/serialize-denial.d.ts`, 'DenialOptions']],
  },
  {
    name: 'createProxyTrust',
    declared: [[`${express}/request/proxy-trust.d.ts`, 'ProxyTrustOptions']],
    call: (options) => loose(createProxyTrust)(options),
  },
  {
    name: 'createRequestIds',
    declared: [[`${express}/request/request-id.d.ts`, 'RequestIdOptions']],
    call: (options) => loose(createRequestIds)(options),
  },
  {
    name: 'createCheckedFetch',
    declared: [[`${express}/issuer/checked-fetch.d.ts`, 'CheckedFetchOptions']],
    call: (options) => loose(createCheckedFetch)(options),
  },
  {
    name: 'recordTelemetry',
    declared: [[`${express}/telemetry/record-telemetry.d.ts`, 'TelemetryOptions']],
    call: (options) => loose(recordTelemetry)(options),
  },
  {
    name: 'openAdministration',
    declared: [['packages/core/dist/administration/open-administration.d.ts', 'AdministrationOptions']],
    call: (options, { store }) => openAdministration(store, options),
  },
  {
    name: 'createResourceRules',
    declared: [['packages/core/dist/visibility/shape.d.ts', 'ResourceOptions']],
    reference: 'docs/resources.md',
    call: (options) => loose(createResourceRules)({ type: 'rule', content: ['data'], ...options }),
  },
  {
    name: 'createService',
    declared: [['packages/server/dist/service-options.d.ts', 'ServiceOptions']],
    page: 'packages/server/README.md',
    call: (options, { store }) => loose(createService)({ store, ...tokens, ...options }),
  },
  {
    name: 'console',
    declared: [['packages/server/dist/console/console-options.d.ts', 'ConsoleOptions']],
    call: (options, { store }) =>
      loose(createService)({ store, ...tokens, consoleFolder: 'none', console: { oidc: provider, ...options } }),
  },
  {
    name: 'console.oidc',
    declared: [['packages/server/dist/console/console-options.d.ts', 'OidcSignInOptions']],
    call: (options, { store }) =>
      loose(createService)({ store, ...tokens, consoleFolder: 'none', console: { oidc: { ...provider, ...options } } }),
  },
  {
    name: 'createClient',
    declared: [['packages/client/dist/client.d.ts', 'ClientOptions']],
    page: 'packages/client/README.md',
    call: (options) => loose(createClient)(options),
  },
  {
    name: 'createServiceFetch',
    declared: [['packages/client/dist/service-fetch.d.ts', 'ServiceFetchOptions']],
    page: 'packages/client/README.md',
    call: (options) => loose(createServiceFetch)(options),
  },
  {
    name: 'CallOptions',
    declared: [['packages/client/dist/management/send.d.ts', 'CallOptions']],
  },
];
