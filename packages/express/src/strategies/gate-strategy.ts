import { type Credential, type Denial, DeniedError, isDenial, type Principal, readCredential } from '@flairgate/core';
import type { Request } from 'express';
import passport from 'passport';
import { markPrivate } from '../denial/send-denial.js';
import type { GateContext } from '../gate-context.js';
import { type Accepts, denyUnaccepted } from '../request/accepts.js';
import { originOf } from '../request/client-address.js';
import { keepCaller } from '../request/kept-caller.js';
import { useSharedShapes } from '../v8/dictionary-mode.js';

/** Passport strategy of a gate, typed by structure: `passport.use(gate.strategies.bearer)`. */
export interface GateStrategy {
  readonly name: string;
  authenticate(req: Request, options?: GateStrategyOptions): void;
}

/** Options of `passport.authenticate(…, options)` for these strategies. */
export interface GateStrategyOptions {
  /**
   * True if a request without a credential goes on to the next strategy of the list. Otherwise it is refused, with the
   * same bytes as by `gate.authenticate()`.
   * @default false
   */
  readonly fallThrough?: boolean;
}

/** Functions that Passport sets on a strategy for each request. */
interface Actions {
  success(principal: Principal): void;
  fail(challenge: string, status: number): void;
  error(error: unknown): void;
}

/** Settings of one strategy. */
interface StrategySettings {
  readonly context: GateContext;
  readonly kind: Credential['kind'];
  readonly accepts: Accepts;
}

/**
 * Creates a Passport strategy for one kind of credential.
 *
 * Refusals reach the error handlers of the host as `DeniedError`; `gate.errorHandler()` answers them. The other kind of
 * credential is left to the next strategy of the list, so mount both: `passport.authenticate(['x-api-key', 'bearer'])`.
 */
export function createGateStrategy(name: string, settings: StrategySettings): GateStrategy {
  const strategy = Object.assign(new passport.Strategy(), { name });
  return Object.assign(strategy, {
    authenticate(this: Actions, req: Request, options: GateStrategyOptions = {}): void {
      // Passport overwrites these functions at the next request if the strategy itself is passed to `authenticate`.
      const { success, fail, error } = this;
      authenticateRequest(settings, req, options, { success, fail, error });
    },
  });
}

function authenticateRequest(
  settings: StrategySettings,
  req: Request,
  options: GateStrategyOptions,
  actions: Actions,
): void {
  const { context } = settings;
  if (req.res !== undefined) useSharedShapes(req, req.res);
  const read = readCredential(req.rawHeaders, context.credentialLimits);
  if ('kind' in read && isLeftToOthers(settings, read, options)) {
    actions.fail('Bearer realm="flairgate"', 401);
    return;
  }
  const origin = originOf(req);
  const known = 'kind' in read ? context.authenticator.getCached(read, origin.address) : undefined;
  const respond = (answer: Principal | Denial) => {
    if (isDenial(answer)) actions.error(new DeniedError(answer, context));
    else if (!settings.accepts.has(answer.kind) || !('kind' in read)) {
      actions.error(new DeniedError(denyUnaccepted(answer), context));
    } else {
      keepCaller(req, context.slot, read, answer);
      if (req.res !== undefined) markPrivate(req.res);
      actions.success(answer);
    }
  };
  if (known !== undefined) respond(known);
  else identify(context, read, origin).then(respond).catch(actions.error);
}

/** Identifies the caller. Always a promise, because Passport waits for its answer in any case. */
async function identify(
  context: GateContext,
  ...sent: Parameters<GateContext['identify']>
): Promise<Principal | Denial> {
  return context.identify(...sent);
}

function isLeftToOthers(
  { kind }: StrategySettings,
  credential: Credential,
  { fallThrough }: GateStrategyOptions,
): boolean {
  return credential.kind === 'none' ? fallThrough === true : credential.kind !== kind;
}
