import { type Credential, checkCredential, type Denial, DeniedError, isDenial, type Principal } from '@flairgate/core';
import { read } from '@flairgate/core/internal';
import type { Request } from 'express';
import passport from 'passport';
import { markPrivate } from '../denial/send-denial.js';
import type { GateContext, Identify } from '../gate-context.js';
import { denyElsewhere, isForRequest } from '../protected-resource/check-audience.js';
import { denialStyle } from '../protected-resource/resource-style.js';
import { type Accepts, denyUnaccepted } from '../request/accepts.js';
import { originOf } from '../request/client-address.js';
import { keepCaller } from '../request/kept-caller.js';
import { useSharedShapes } from '../v8/dictionary-mode.js';
import { BearerStrategy } from './bearer.js';

/** A gate's Passport strategy. The type is structural, so it works with `passport.use(gate.strategies.bearer)`. */
export interface GateStrategy {
  readonly name: string;
  authenticate(req: Request, options?: GateStrategyOptions): void;
}

/** Options of `passport.authenticate(…, options)` for these strategies. */
export interface GateStrategyOptions {
  /**
   * True to pass a request without a credential to the next strategy in the list. Otherwise such a request is refused
   * in exactly the same way as by `gate.authenticate()`.
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
 * Refusals reach the host's error handlers as `DeniedError`. `gate.errorHandler()` sends the responses. Each strategy
 * leaves the other kind of credential to the next strategy in the list, so mount both:
 * `passport.authenticate(['x-api-key', 'bearer'])`.
 */
export function createGateStrategy(name: string, settings: StrategySettings): GateStrategy {
  return withGate(Object.assign(new passport.Strategy(), { name }), settings, settings.context.identify);
}

/**
 * Creates the strategy for bearer tokens. It is the strategy of `passport-http-bearer`, but the gate verifies the
 * tokens.
 *
 * Tokens in the query or the body, which the library would accept, are ignored.
 */
export function createBearerStrategy(settings: Omit<StrategySettings, 'kind'>): GateStrategy {
  const { identify } = settings.context;
  const strategy = new BearerStrategy(async (credential, origin) => identify(credential, origin));
  return withGate(strategy, { ...settings, kind: 'bearer' }, (read, origin) =>
    'kind' in read && read.kind === 'bearer' && checkCredential(read) === undefined
      ? strategy.verify(read, origin)
      : identify(read, origin),
  );
}

function withGate<S extends passport.Strategy>(strategy: S, settings: StrategySettings, identify: Identify) {
  return Object.assign(strategy, {
    authenticate(this: Actions, req: Request, options: GateStrategyOptions = {}): void {
      // Passport overwrites these functions at the next request if the strategy itself is passed to `authenticate`.
      const { success, fail, error } = this;
      authenticateRequest({ ...settings, identify }, req, options, { success, fail, error });
    },
  });
}

function authenticateRequest(
  settings: StrategySettings & { readonly identify: Identify },
  req: Request,
  options: GateStrategyOptions,
  actions: Actions,
): void {
  const { context } = settings;
  if (req.res !== undefined) useSharedShapes(req, req.res);
  const sent = read(req, context.credentialOptions);
  if ('kind' in sent && isLeftToOthers(settings, sent, options)) {
    actions.fail('Bearer realm="flairgate"', 401);
    return;
  }
  const origin = originOf(req);
  const known = 'kind' in sent ? context.authenticator.getCached(sent, origin.address) : undefined;
  const respond = (answer: Principal | Denial) => {
    const refuse = (denial: Denial) => actions.error(new DeniedError(denial, denialStyle(req, denial, context)));
    if (isDenial(answer)) refuse(answer);
    else if (!settings.accepts.has(answer.kind) || !('kind' in sent)) refuse(denyUnaccepted(answer, settings.accepts));
    else if (!isForRequest(req, context.slot, answer)) refuse(denyElsewhere(answer));
    else {
      keepCaller(req, context.slot, sent, answer);
      if (req.res !== undefined) markPrivate(req.res, context.vary);
      actions.success(answer);
    }
  };
  if (known !== undefined) respond(known);
  else authenticateLater(settings.identify, sent, origin).then(respond).catch(actions.error);
}

/** Identifies the caller. Always returns a promise, even if the result is available immediately. */
async function authenticateLater(identify: Identify, ...sent: Parameters<Identify>): Promise<Principal | Denial> {
  return identify(...sent);
}

function isLeftToOthers(
  { kind }: StrategySettings,
  credential: Credential,
  { fallThrough }: GateStrategyOptions,
): boolean {
  return credential.kind === 'none' ? fallThrough === true : credential.kind !== kind;
}
