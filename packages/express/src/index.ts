// mounting

// answers
export type { ErrorHandlerOptions } from './denial/error-handler.js';
export { type LimitPolicy, sendDenial } from './denial/send-denial.js';
export type { DenialOptions } from './denial/serialize-denial.js';
export type { DeniedEvent, FaultEvent, IdentifyEvent } from './events.js';
export { createGate, type ExplainedResource, type Gate } from './gate.js';
export type { GateOptions } from './gate-options.js';
// guard
export type { GuardEvent } from './guard/events.js';
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
export type { LimitName, LimitStores, OnStoreFailure } from './rate-limit/limit-store.js';
export type { LimitBy, RateLimitDefaults, RateLimitOptions } from './rate-limit/rate-limit-options.js';
// credential and principal
export type { AuthenticateOptions } from './request/authenticate.js';
export { clientAddress, type Origin, originOf } from './request/client-address.js';
export type { IdentifyRequestOptions } from './request/identify-request.js';
export type { Middleware } from './request/request.js';
// permission
export type { OrganizationOf, RequirementOptions } from './require-permissions.js';
export type { GateStrategy, GateStrategyOptions } from './strategies/gate-strategy.js';
