// mounting

// credential and principal
export type { AuthenticateOptions } from './authenticate.js';
export { clientAddress, type Origin, originOf } from './client-address.js';
// answers
export type { ErrorHandlerOptions } from './error-handler.js';
export type { DeniedEvent, FaultEvent, IdentifyEvent } from './events.js';
// limits
export { createFailureLimit, type FailureLimit, type FailureLimitOptions } from './failure-limit.js';
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
export type { IdentifyRequestOptions } from './identify-request.js';
export type { LimitName, LimitStores, OnStoreFailure } from './limit-store.js';
export type { LimitBy, RateLimitDefaults, RateLimitOptions } from './rate-limit-options.js';
export type { Middleware } from './request.js';
// permission
export type { OrganizationOf, RequirementOptions } from './require-permissions.js';
export { type LimitPolicy, sendDenial } from './send-denial.js';
export type { GateStrategy, GateStrategyOptions } from './strategies/gate-strategy.js';
export type { AnswerStyle } from './written-denial.js';
