// biome-ignore-all assist/source/organizeImports: a contents page, in the order of the headings

// the gate and what an app mounts
export { createGate, type ExplainedResource, type Gate } from './gate.js';
export type { GateOptions } from './gate-options.js';
export type { Middleware } from './request/request.js';

// exports of core that a program needs, so that it need not install core itself
export { createCatalogue, DeniedError, deny, OptionError, UnavailableError } from '@flairgate/core';
export { openAdministration } from '@flairgate/core/administration';

// credential and principal
export type { AuthenticateOptions } from './request/authenticate.js';
export type { CredentialOptions } from './request/credential-options.js';
export type { IdentifyRequestOptions } from './request/authenticate-upgrade.js';
export { clientAddress, type Origin, originOf } from './request/client-address.js';
export {
  createProxyTrust,
  type ProxyHeader,
  type ProxyTrustOptions,
  type TrustedProxies,
} from './request/proxy-trust.js';
export { createRequestIds, findRequestId, type RequestId, type RequestIdOptions } from './request/request-id.js';
export type { GateStrategy, GateStrategyOptions } from './strategies/gate-strategy.js';

// tokens of identity providers
export { type CheckedFetchOptions, createCheckedFetch } from './issuer/checked-fetch.js';
export { type OidcIssuerOptions, oidcIssuer } from './issuer/oidc-issuer.js';

// permissions
export type { PermissionName } from './permission-name.js';
export type { RequirementOptions } from './require-permissions.js';
export type { OrganizationOf } from './request/request.js';

// protected resources and MCP servers
export type { ProtectedResource } from './protected-resource/protected-resource.js';
export type { ProtectedResourceOptions } from './protected-resource/resource-options.js';
export type { McpAuthInfo, McpAuthInfoOptions } from './mcp/auth-info.js';
export type { ToolPermissions } from './mcp/tool-permissions.js';

// the guard
export type {
  GuardIdOptions,
  GuardOptions,
  ListShape,
  RouteKind,
  RouteOptions,
  RouteQuery,
} from './guard/guard-options.js';

// limits
export { createFailureLimit, type FailureLimit, type FailureLimitOptions } from './rate-limit/failure-limit.js';
export type { LimitName, LimitStore, LimitStores, OnStoreFailure } from './rate-limit/limit-store.js';
export type { LimitBy, RateLimitDefaults, RateLimitOptions } from './rate-limit/rate-limit-options.js';

// denials
export type { ErrorHandlerOptions } from './denial/error-handler.js';
export { type LimitPolicy, sendDenial } from './denial/send-denial.js';
export type { AnswerDenial, AnsweredDenial, DenialOptions } from './denial/serialize-denial.js';

// events on diagnostics channels
export type { DeniedEvent, FaultEvent, IdentifyEvent } from './events.js';
export type { GuardEvent } from './guard/events.js';
