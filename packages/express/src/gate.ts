import type { IncomingMessage } from 'node:http';
import {
  type Authenticator,
  createAuthenticator,
  type Denial,
  defaultCatalogue,
  type Explanation,
  type Principal,
} from '@flairgate/core';
import {
  createResourceRules,
  type InOrganization,
  type ResourceAction,
  type ResourceOptions,
  type ResourceRules,
} from '@flairgate/core/resources';
import { withUnavailable } from '@flairgate/core/store';
import type { ErrorRequestHandler, Request } from 'express';
import { openRefusalLog } from './denial/audit-denial.js';
import { createErrorHandler, type ErrorHandlerOptions } from './denial/error-handler.js';
import { publishDenied, reportFault } from './events.js';
import type { GateContext } from './gate-context.js';
import { authenticatorOptions, type GateOptions, parseGateOptions } from './gate-options.js';
import { createGuard, type GuardStore } from './guard/guard.js';
import type { GuardOptions } from './guard/guard-options.js';
import { createFailureLimit } from './rate-limit/failure-limit.js';
import { createRateLimit } from './rate-limit/rate-limit.js';
import { parseRateLimit, type RateLimitDefaults, type RateLimitOptions } from './rate-limit/rate-limit-options.js';
import { DEFAULT_ACCEPTS } from './request/accepts.js';
import { type AuthenticateOptions, createAuthenticate } from './request/authenticate.js';
import { createIdentify } from './request/identify.js';
import { type IdentifyRequestOptions, identifyRequest } from './request/identify-request.js';
import { callerOf, createCallerSlot, maybeCaller, requireCurrentCaller } from './request/kept-caller.js';
import type { Middleware } from './request/request.js';
import { createRequirePermissions, createRequireUser, type RequirementOptions } from './require-permissions.js';
import { markAuthorization } from './route-coverage/authorization-mark.js';
import { assertGuarded } from './route-coverage/unguarded-routes.js';
import { createGateStrategy, type GateStrategy } from './strategies/gate-strategy.js';

/** One resource to explain a decision about: its rules and its row, as it is in the service's own table. */
export interface ExplainedResource extends InOrganization {
  readonly rules: Pick<ResourceRules, 'explain'>;
  /** Undefined for a resource that does not exist. */
  readonly row: object | undefined;
}

/** Everything an app mounts. All middleware of one gate shares one cache and one view of what was revoked. */
export interface Gate {
  /** Middleware that finds out who is calling, or refuses. Shows the principal as `req.auth`, or as `property` says. */
  authenticate(options?: AuthenticateOptions): Middleware;
  /**
   * Returns the principal of a request, as this gate found it: whatever else wrote `req.auth` since.
   *
   * @throws OptionError when `authenticate` of this gate has not run; DeniedError for an anonymous caller.
   */
  authOf(req: IncomingMessage): Principal;
  /** Returns the principal of a request; undefined where the caller is anonymous, or `authenticate` has not run. */
  maybeAuth(req: IncomingMessage): Principal | undefined;
  /**
   * Returns the principal of a request as it is now: for handlers that waited for something the caller can draw out. Once
   * it has ended it is read again from the credential of the request, and must have all that let the request pass so far.
   *
   * Rejects with DeniedError where it is refused now, with UnavailableError when that cannot be decided.
   */
  current(req: IncomingMessage): Promise<Principal>;
  /**
   * Finds out who sent a request that comes to no middleware: an upgrade, a handshake of Socket.IO. Without `address` a
   * key that is bound to addresses is refused.
   *
   * Rejects with DeniedError for a refusal, with UnavailableError when it cannot be decided.
   */
  identify(req: IncomingMessage, options?: IdentifyRequestOptions): Promise<Principal>;
  /** Middleware that needs all of these permissions. @throws OptionError */
  requirePermissions(...names: string[]): Middleware;
  requirePermissions(...args: [...names: string[], options: RequirementOptions]): Middleware;
  /** Middleware that needs one of these permissions. @throws OptionError */
  requireAnyPermission(...names: string[]): Middleware;
  requireAnyPermission(...args: [...names: string[], options: RequirementOptions]): Middleware;
  /** Middleware that needs a user's credential; `what` completes `only a user can …`. */
  requireUser(what: string): Middleware;
  /** Middleware that says that anybody may call what is behind it, for `assertGuarded`. It lets every request on. */
  public(): Middleware;
  /** Rules of a type of resource the service keeps in its own table. @throws OptionError */
  resources<const O extends ResourceOptions>(options: O): ResourceRules<O>;
  /** Middleware in front of a router that knows nothing of flairs. @throws OptionError */
  guard(options: GuardOptions): Middleware;
  /** Middleware that limits calls; mount it behind `authenticate`. @throws OptionError */
  rateLimit(options?: RateLimitOptions): Middleware;
  /** Error handler to mount last. */
  errorHandler(options?: ErrorHandlerOptions): ErrorRequestHandler;
  /** Tells the audit and `flairgate:denied` of a refusal that the host answers itself, in a form of its own. */
  publishDenied(req: Request, denial: Denial): void;
  /**
   * Checks, before the app listens, that every route of it requires something or is behind `public`.
   *
   * @throws OptionError naming each route that is not, with its method and path.
   */
  assertGuarded(app: unknown): void;
  /** Says what is decided about one resource, by which rule, and what would change it. For operators. */
  explain(principal: Principal, action: ResourceAction, resource: ExplainedResource): Explanation;
  /** For hosts that run Passport themselves: mount both, and the error handler. */
  readonly strategies: { readonly apiKey: GateStrategy; readonly bearer: GateStrategy };
  readonly authenticator: Authenticator;
  /**
   * Stops every timer and writes down last uses and refusals. Leaves the store open: it is the caller's.
   *
   * Never rejects: refusals that cannot be written, because the store is down or closed already, are lost, and the
   * diagnostics channel `flairgate:fault` is told.
   */
  close(): Promise<void>;
}

/**
 * Makes the middleware of one service: who is calling, what they may do, what of each resource they may see.
 *
 * Takes the caller's address from the socket, or, where the app declares `trust proxy` with anything but `true`, from
 * Express. Does not read the store before the first request.
 *
 * @throws OptionError for an unknown option or a bad value.
 * @example
 * const gate = createGate({ store, tokens: { issuer, audience } });
 * app.use(gate.authenticate());
 * app.get('/rules', gate.requirePermissions('dr.list'), listRules);
 * app.use(gate.errorHandler());
 */
export function createGate(options: GateOptions): Gate {
  const { rateLimit, property, userProperty, ...settings } = parseGateOptions(options);
  const failures = createFailureLimit(options.failureLimit);
  const authenticator = createAuthenticator(authenticatorOptions(options));
  const store = 'kind' in options.store ? options.store : withUnavailable(options.store);
  const refusals = openRefusalLog({ ...options, store });
  const maxTokenBytes = options.tokens?.maxTokenBytes;
  const context: GateContext = Object.freeze({
    ...settings,
    slot: createCallerSlot(property, userProperty),
    refusals,
    authenticator,
    catalogue: options.catalogue ?? defaultCatalogue,
    credentialLimits: Object.freeze(maxTokenBytes === undefined ? {} : { maxTokenBytes }),
    identify: createIdentify(authenticator, failures),
  });
  const kept = { store, now: options.clock?.wall ?? Date.now };
  return mountable(context, kept, rateLimit, [
    failures.stop,
    authenticator.close,
    ...(refusals === undefined ? [] : [refusals.stop]),
  ]);
}

/** Ends one part of a gate. */
type Stop = () => void | Promise<void>;

function mountable(context: GateContext, kept: GuardStore, limits: RateLimitDefaults, stops: Stop[]): Gate {
  const door = { context, accepts: DEFAULT_ACCEPTS };
  return Object.freeze({
    authenticate: (options?: AuthenticateOptions) =>
      markAuthorization(isChoosy(options) ? 'requires' : 'passes', createAuthenticate(context, options)),
    authOf: (req: IncomingMessage) => callerOf(req, context),
    maybeAuth: (req: IncomingMessage) => maybeCaller(req, context.slot),
    current: (req: IncomingMessage) => requireCurrentCaller(req, context),
    identify: (req: IncomingMessage, options?: IdentifyRequestOptions) => identifyRequest(context, req, options),
    requirePermissions: (...args: string[] | [...string[], RequirementOptions]) =>
      markAuthorization('requires', createRequirePermissions(context, 'all', args)),
    requireAnyPermission: (...args: string[] | [...string[], RequirementOptions]) =>
      markAuthorization('requires', createRequirePermissions(context, 'any', args)),
    requireUser: (what: string) => markAuthorization('requires', createRequireUser(context, what)),
    public: (): Middleware => markAuthorization('public', ((_req, _res, next) => next()) satisfies Middleware),
    resources: createResourceRules,
    // A dry run refuses nothing.
    guard: (options: GuardOptions) =>
      markAuthorization(options.dryRun === true ? 'passes' : 'guards', createGuard(context, kept, options)),
    rateLimit(options?: RateLimitOptions) {
      const { handler, stop } = createRateLimit(parseRateLimit(limits, options), context);
      stops.push(stop);
      return markAuthorization('passes', handler);
    },
    errorHandler: (options?: ErrorHandlerOptions) => createErrorHandler(context, options),
    publishDenied: (req: Request, denial: Denial) => publishDenied(req, denial, context),
    assertGuarded,
    explain: (principal: Principal, action: ResourceAction, { rules, row, ...where }: ExplainedResource) =>
      rules.explain(principal, row, action, where),
    strategies: Object.freeze({
      apiKey: createGateStrategy('x-api-key', { ...door, kind: 'api-key' }),
      bearer: createGateStrategy('bearer', { ...door, kind: 'bearer' }),
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

/** Who is let in was chosen for this route: not just anybody with a credential, nor somebody without. */
function isChoosy({ accept, optional }: AuthenticateOptions = {}): boolean {
  return accept !== undefined && optional !== true;
}
