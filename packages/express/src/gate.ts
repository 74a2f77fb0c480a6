import type { IncomingMessage } from 'node:http';
import {
  type Authenticator,
  createAuthenticator,
  type Denial,
  type Explanation,
  type Principal,
  type Requirement,
} from '@flairgate/core';
import { createUsageLog } from '@flairgate/core/administration';
import { chooseCatalogue, keyStoreOf } from '@flairgate/core/internal';
import {
  createResourceRules,
  type InOrganization,
  type ResourceAction,
  type ResourceOptions,
  type ResourceRules,
} from '@flairgate/core/resources';
import type { ErrorRequestHandler, Request } from 'express';
import { openRefusalLog } from './denial/audit-denial.js';
import { createErrorHandler, type ErrorHandlerOptions } from './denial/error-handler.js';
import { publishDenied, reportFault } from './events.js';
import type { GateContext } from './gate-context.js';
import { authenticatorOptions, type GateOptions, parseGateOptions } from './gate-options.js';
import { createGuard, type GuardStore } from './guard/guard.js';
import type { GuardOptions } from './guard/guard-options.js';
import { type McpAuthInfo, type McpAuthInfoOptions, mcpAuthInfo } from './mcp/auth-info.js';
import { createRequireToolPermissions, type ToolPermissions } from './mcp/tool-permissions.js';
import type { PermissionName } from './permission-name.js';
import { createProtectedResource, type ProtectedResource } from './protected-resource/protected-resource.js';
import type { ProtectedResourceOptions } from './protected-resource/resource-options.js';
import { createFailureLimit } from './rate-limit/failure-limit.js';
import { createRateLimit } from './rate-limit/rate-limit.js';
import { parseRateLimit, type RateLimitDefaults, type RateLimitOptions } from './rate-limit/rate-limit-options.js';
import { DEFAULT_ACCEPTS } from './request/accepts.js';
import { type AuthenticateOptions, createAuthenticate } from './request/authenticate.js';
import { authenticateUpgrade, type IdentifyRequestOptions } from './request/authenticate-upgrade.js';
import { createCallerSlot } from './request/caller-slot.js';
import { afterClaim, claimOf } from './request/catalogue-claim.js';
import { parseCredentialOptions } from './request/credential-options.js';
import { createIdentify } from './request/identify.js';
import { callerOf, maybeCaller, requireCurrentCaller } from './request/kept-caller.js';
import type { Middleware } from './request/request.js';
import { createRequirePermissions, createRequireUser, type RequirementOptions } from './require-permissions.js';
import { markAuthorization } from './route-coverage/authorization-mark.js';
import { assertGuarded } from './route-coverage/unguarded-routes.js';
import { createBearerStrategy, createGateStrategy, type GateStrategy } from './strategies/gate-strategy.js';

/** Resource for `gate.explain`: the rules of its type, and its row in the service's table. */
export interface ExplainedResource extends InOrganization {
  readonly rules: Pick<ResourceRules, 'explain'>;
  /** Row of the resource. Undefined if the resource does not exist. */
  readonly row: object | undefined;
}

/**
 * Middleware of one service. All middleware of one gate shares one cache and one record of revocations. `P` is the
 * union of the permissions that the gate can require, if the names in its catalogue are literals.
 */
export interface Gate<P extends string = string> {
  /**
   * Returns middleware that identifies the caller or refuses the request. Handlers find the principal in `req.auth`,
   * or in the property that the option `property` names.
   */
  authenticate(options?: AuthenticateOptions): Middleware;
  /**
   * Returns the principal that this gate found for a request, even if other code has written `req.auth` since.
   *
   * @throws OptionError if `authenticate` of this gate has not run; DeniedError for an anonymous caller.
   */
  authOf(req: IncomingMessage): Principal;
  /** Returns the principal of a request; undefined for an anonymous caller, or if `authenticate` has not run. */
  maybeAuth(req: IncomingMessage): Principal | undefined;
  /**
   * Returns the current principal of a request. Use it in handlers that waited for something the caller can delay, such
   * as a body.
   *
   * If the stored principal is no longer valid, the gate identifies the caller again by the same credential. The new
   * principal must pass all checks that the request has passed so far.
   *
   * Rejects with DeniedError if the caller is now refused, and with UnavailableError if the check is not possible now.
   */
  current(req: IncomingMessage): Promise<Principal>;
  /**
   * Identifies the caller of a request that never reaches middleware, such as an upgrade or a Socket.IO handshake.
   * Without the option `address`, a key that is restricted to address ranges is refused.
   *
   * Rejects with DeniedError if the caller is refused, and with UnavailableError if the caller cannot be identified
   * now.
   */
  identify(req: IncomingMessage, options?: IdentifyRequestOptions): Promise<Principal>;
  /**
   * Returns middleware that requires all of these permissions.
   *
   * @throws OptionError
   */
  requirePermissions(...names: P[]): Middleware;
  requirePermissions(...args: [...names: P[], options: RequirementOptions]): Middleware;
  /**
   * Returns middleware that requires at least one of these permissions.
   *
   * @throws OptionError
   */
  requireAnyPermission(...names: P[]): Middleware;
  requireAnyPermission(...args: [...names: P[], options: RequirementOptions]): Middleware;
  /** Returns middleware that requires a user's credential. `what` completes the error `only a user can …`. */
  requireUser(what: string): Middleware;
  /**
   * Returns middleware that marks the routes behind it as public for `assertGuarded`. The middleware lets every request
   * through.
   */
  public(): Middleware;
  /**
   * Returns the rules that decide who may see or change the resources of one type. The service itself keeps these
   * resources in a table.
   *
   * @throws OptionError
   */
  resources<const O extends ResourceOptions>(options: O): ResourceRules<O>;
  /**
   * Returns middleware that enforces flairs (marks in a key's name, such as `[segment]`) for the router mounted behind
   * the middleware. That router needs no code for flairs.
   *
   * @throws OptionError
   */
  guard(options: GuardOptions): Middleware;
  /**
   * Returns middleware that limits the number of calls of each caller. Mount it after `authenticate`.
   *
   * @throws OptionError
   */
  rateLimit(options?: RateLimitOptions): Middleware;
  /**
   * Returns two middleware functions for a protected resource, such as an MCP server. `metadata` serves the resource's
   * metadata (RFC 9728): mount it at the root. `challenge` adds the address of the metadata to refusals: mount it
   * before `authenticate`.
   *
   * @throws OptionError
   */
  protectedResource(options: ProtectedResourceOptions): ProtectedResource;
  /**
   * Returns middleware that requires permissions for each tool of an MCP server, such as `{ 'delete-rule': 'dr.del' }`.
   * From each list of tools, the middleware removes the tools that the caller must not call. Mount it after a JSON body
   * parser.
   *
   * @throws OptionError
   */
  requireToolPermissions(tools: ToolPermissions<P>, options?: RequirementOptions): Middleware;
  /**
   * Returns the caller of a request as the MCP SDK's `AuthInfo`, which the SDK passes to tools.
   *
   * @throws OptionError if `authenticate` has not run; DeniedError for an anonymous caller, and for a caller with
   * several organizations if the options do not name one.
   */
  mcpAuthInfo(req: Request, options?: McpAuthInfoOptions): McpAuthInfo;
  /** Returns the error handler. Mount it last. */
  errorHandler(options?: ErrorHandlerOptions): ErrorRequestHandler;
  /**
   * Counts the use of permissions that a handler checked itself. Permissions checked by `requirePermissions` are
   * already counted.
   */
  countUse(caller: Principal, organization: string, requirement: Requirement): void;
  /**
   * Writes a refusal to the audit log and publishes it on `flairgate:denied`. Use it if your own code refuses a request
   * and sends the response.
   */
  publishDenied(req: Request, denial: Denial): void;
  /**
   * Checks that every route of an app either has an authorization check or is behind `public`. Call it before the app
   * listens.
   *
   * @throws OptionError that lists each unguarded route by method and path.
   */
  assertGuarded(app: unknown): void;
  /**
   * Returns the decision about an action on a resource, the rule that applied, and what would change the decision. Show
   * the result only to operators.
   */
  explain(principal: Principal, action: ResourceAction, resource: ExplainedResource): Explanation;
  /** Passport strategies for hosts that already use Passport. Mount both strategies and the error handler. */
  readonly strategies: { readonly apiKey: GateStrategy; readonly bearer: GateStrategy };
  readonly authenticator: Authenticator;
  /**
   * Stops all timers, and writes what is still in memory: last-use times, usage counts and refusals. Does not close the
   * store.
   *
   * Never rejects. Data that cannot be written, because the store is down or already closed, is lost. The error is
   * published on the diagnostics channel `flairgate:fault`.
   */
  close(): Promise<void>;
}

/**
 * Creates the middleware for one service. The middleware identifies the caller, checks what the caller is allowed to
 * do, and hides the resources that the caller cannot see.
 *
 * By default the caller's address is the address of the socket. If the app sets `trust proxy`, the address that the
 * trusted proxies report is used instead. `trust proxy: true` is ignored, because any client could then claim any
 * address. The store is not read before the first request.
 *
 * @throws OptionError for an unknown option or a bad value.
 * @example
 * const gate = createGate({ store, tokens: { issuer, audience } });
 * app.use(gate.authenticate());
 * app.get('/rules', gate.requirePermissions('dr.list'), listRules);
 * app.use(gate.errorHandler());
 */
export function createGate<const N extends string = string>(options: GateOptions<N>): Gate<PermissionName<N>>;
export function createGate(options: GateOptions): Gate {
  const { rateLimit, property, userProperty, usage: counts, ...settings } = parseGateOptions(options);
  const failures = createFailureLimit(options.failureLimit);
  const authenticator = createAuthenticator(authenticatorOptions(options));
  const kept = { store: keyStoreOf(authenticator)?.store, now: options.clock?.wall ?? Date.now };
  const catalogue = chooseCatalogue(kept.store ?? {}, options.catalogue);
  const refusals = openRefusalLog(kept.store, kept.now);
  const usage = counts && kept.store !== undefined ? createUsageLog({ store: kept.store, now: kept.now }) : undefined;
  const maxTokenBytes = options.tokens?.maxTokenBytes;
  const context: GateContext = Object.freeze({
    ...settings,
    slot: createCallerSlot(property, userProperty, usage),
    refusals,
    authenticator,
    catalogue,
    ...parseCredentialOptions('', options, maxTokenBytes === undefined ? {} : { maxTokenBytes }),
    identify: afterClaim(claimOf(kept.store, options.catalogue), createIdentify(authenticator, failures)),
  });
  return mountable(context, kept, rateLimit, [
    failures.stop,
    authenticator.close,
    ...(refusals === undefined ? [] : [refusals.stop]),
    ...(usage === undefined ? [] : [usage.stop]),
  ]);
}

/** Function that stops one part of a gate. */
type Stop = () => void | Promise<void>;

function mountable(context: GateContext, kept: GuardStore, limits: RateLimitDefaults, stops: Stop[]): Gate {
  const settings = { context, accepts: DEFAULT_ACCEPTS };
  return Object.freeze({
    authenticate: (options?: AuthenticateOptions) =>
      markAuthorization(choosesCallers(options) ? 'requires' : 'passes', createAuthenticate(context, options)),
    authOf: (req: IncomingMessage) => callerOf(req, context),
    maybeAuth: (req: IncomingMessage) => maybeCaller(req, context.slot),
    current: (req: IncomingMessage) => requireCurrentCaller(req, context),
    identify: (req: IncomingMessage, options?: IdentifyRequestOptions) => authenticateUpgrade(context, req, options),
    requirePermissions: (...args: string[] | [...string[], RequirementOptions]) =>
      markAuthorization('requires', createRequirePermissions(context, 'all', args)),
    requireAnyPermission: (...args: string[] | [...string[], RequirementOptions]) =>
      markAuthorization('requires', createRequirePermissions(context, 'any', args)),
    requireUser: (what: string) => markAuthorization('requires', createRequireUser(context, what)),
    public: (): Middleware => markAuthorization('public', ((_req, _res, next) => next()) satisfies Middleware),
    resources: createResourceRules,
    // A dry run refuses nothing, so its routes are not counted as guarded.
    guard: (options: GuardOptions) =>
      markAuthorization(options.dryRun === true ? 'passes' : 'guards', createGuard(context, kept, options)),
    rateLimit(options?: RateLimitOptions) {
      const { handler, stop } = createRateLimit(parseRateLimit(limits, options), context);
      stops.push(stop);
      return markAuthorization('passes', handler);
    },
    protectedResource: (options: ProtectedResourceOptions) => createProtectedResource(context, options),
    requireToolPermissions: (tools: ToolPermissions, options?: RequirementOptions) =>
      markAuthorization('requires', createRequireToolPermissions(context, tools, options)),
    mcpAuthInfo: (req: Request, options?: McpAuthInfoOptions) => mcpAuthInfo(context, req, options),
    errorHandler: (options?: ErrorHandlerOptions) => createErrorHandler(context, options),
    countUse(caller: Principal, organization: string, requirement: Requirement) {
      context.slot.usage?.countCallIn(caller, organization);
      context.slot.usage?.countPermitted(caller, organization, requirement);
    },
    publishDenied: (req: Request, denial: Denial) => publishDenied(req, denial, context),
    assertGuarded,
    explain: (principal: Principal, action: ResourceAction, { rules, row, ...where }: ExplainedResource) =>
      rules.explain(principal, row, action, where),
    strategies: Object.freeze({
      apiKey: createGateStrategy('x-api-key', { ...settings, kind: 'api-key' }),
      bearer: createBearerStrategy(settings),
    }),
    authenticator: context.authenticator,
    async close() {
      await Promise.all(
        stops
          .splice(0)
          .map(async (stop) => stop())
          .map((stopped) => stopped.catch(reportFault)),
      );
    },
  });
}

/**
 * True if the options of `authenticate` restrict which callers may use the route: `accept` is set, and anonymous
 * callers are refused.
 */
function choosesCallers({ accept, optional }: AuthenticateOptions = {}): boolean {
  return accept !== undefined && optional !== true;
}
