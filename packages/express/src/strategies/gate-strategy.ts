import { type Credential, type Denial, DeniedError, isDenial, type Principal, readCredential } from '@flairgate/core';
import type { Request } from 'express';
import passport from 'passport';
import { markPrivate } from '../denial/send-denial.js';
import type { GateContext } from '../gate-context.js';
import { type Accepts, denyUnaccepted } from '../request/accepts.js';
import { originOf } from '../request/client-address.js';
import { keepCaller } from '../request/kept-caller.js';
import { useSharedShapes } from '../v8/dictionary-mode.js';

/** A Passport strategy of this gate, by structure: `passport.use(gate.strategies.bearer)`. */
export interface GateStrategy {
  readonly name: string;
  authenticate(req: Request, options?: GateStrategyOptions): void;
}

/** Options a host gives to `passport.authenticate(…, options)` for our strategies. */
export interface GateStrategyOptions {
  /**
   * Whether a request without a credential goes on to the next strategy of the list. Default false: it is refused,
   * in the same bytes as by `gate.authenticate()`.
   */
  readonly fallThrough?: boolean;
}

/** What Passport puts on a strategy for each request. */
interface Actions {
  success(principal: Principal): void;
  fail(challenge: string, status: number): void;
  error(error: unknown): void;
}

/** How a strategy judges. */
interface Door {
  readonly context: GateContext;
  readonly kind: Credential['kind'];
  readonly accepts: Accepts;
}

/**
 * Makes a Passport strategy for one kind of credential.
 *
 * Refusals go to the host's error handlers as `DeniedError`: `gate.errorHandler()` answers them. The other kind of
 * credential is left to the next strategy of the list, so mount both: `passport.authenticate(['x-api-key', 'bearer'])`.
 */
export function createGateStrategy(name: string, door: Door): GateStrategy {
  const strategy = Object.assign(new passport.Strategy(), { name });
  return Object.assign(strategy, {
    authenticate(this: Actions, req: Request, options: GateStrategyOptions = {}): void {
      // Passport overwrites these functions at the next request when the strategy itself is given to `authenticate`.
      const { success, fail, error } = this;
      enter(door, req, options, { success, fail, error });
    },
  });
}

function enter(door: Door, req: Request, options: GateStrategyOptions, actions: Actions): void {
  const { context } = door;
  if (req.res !== undefined) useSharedShapes(req, req.res);
  const read = readCredential(req.rawHeaders, context.credentialLimits);
  if ('kind' in read && isLeftToOthers(door, read, options)) {
    actions.fail('Bearer realm="flairgate"', 401);
    return;
  }
  const origin = originOf(req);
  const known = 'kind' in read ? context.authenticator.getCached(read, origin.address) : undefined;
  const settle = (answer: Principal | Denial) => {
    if (isDenial(answer)) actions.error(new DeniedError(answer, context));
    else if (!door.accepts.has(answer.kind) || !('kind' in read)) {
      actions.error(new DeniedError(denyUnaccepted(answer), context));
    } else {
      keepCaller(req, context.slot, read, answer);
      if (req.res !== undefined) markPrivate(req.res);
      actions.success(answer);
    }
  };
  if (known !== undefined) settle(known);
  else identify(context, read, origin).then(settle).catch(actions.error);
}

/** Passport waits for its answer in any case. */
async function identify(
  context: GateContext,
  ...sent: Parameters<GateContext['identify']>
): Promise<Principal | Denial> {
  return context.identify(...sent);
}

function isLeftToOthers({ kind }: Door, credential: Credential, { fallThrough }: GateStrategyOptions): boolean {
  return credential.kind === 'none' ? fallThrough === true : credential.kind !== kind;
}
