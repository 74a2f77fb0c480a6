import {
  type Credential,
  type Denial,
  isDenial,
  type Principal,
  type PrincipalKind,
  readCredential,
  refuseUnknown,
} from '@flairgate/core';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { type Accepts, parseAccepts, refuseUnaccepted } from './accepts.js';
import { clientAddress } from './client-address.js';
import type { GateContext } from './gate-context.js';
import { flag, optionObject } from './options.js';
import { answerPreflight, isPreflight } from './preflight.js';
import { readProperty, setAuth } from './request.js';
import { markPrivate, sendDenial, sendFault } from './send-denial.js';
import { settleShapes } from './settle-shapes.js';

/** Options of `gate.authenticate`. */
export interface AuthenticateOptions {
  /**
   * Whether a request without a credential goes on, as an anonymous one. Default false. A bad credential is refused
   * all the same. Read the caller with `maybeAuth(req)` on such routes.
   */
  readonly optional?: boolean;
  /** Kinds of principal this route lets in. Default all but `ingestion-key` and `service`. */
  readonly accept?: readonly PrincipalKind[];
}

/** One mounted `authenticate`, its options parsed. */
interface Door {
  readonly context: GateContext;
  readonly optional: boolean;
  readonly accepts: Accepts;
}

/**
 * Makes the middleware that finds out who is calling, and refuses whoever it cannot.
 *
 * One synchronous step without a promise when the credential is in the cache. Works before and after body parsers:
 * it reads the headers only.
 *
 * @throws OptionError for an unknown option or kind.
 */
export function createAuthenticate(context: GateContext, options: AuthenticateOptions = {}): RequestHandler {
  const door = parseDoor(context, options);
  const { accepts } = door;
  const { authenticator, credentialLimits, preflight, userProperty } = context;
  return function authenticate(req, res, next) {
    settleShapes(req, res);
    if (preflight && isPreflight(req)) {
      answerPreflight(res);
      return;
    }
    const read = readCredential(readProperty(req, 'rawHeaders'), credentialLimits);
    // Few keys are bound to an address, and to find it out costs as much as all the rest.
    const principal = 'kind' in read ? authenticator.recall(read, () => clientAddress(req)) : undefined;
    if (principal === undefined || !accepts.has(principal.kind)) {
      answerLater(door, read, principal, req, res, next);
      return;
    }
    setAuth(req, principal, userProperty);
    markPrivate(res);
    next();
  };
}

function parseDoor(context: GateContext, options: AuthenticateOptions): Door {
  const given = optionObject('authenticate', options);
  refuseUnknown('authenticate', given, ['optional', 'accept']);
  return Object.freeze({
    context,
    optional: flag('authenticate.optional', given.optional),
    accepts: parseAccepts(given.accept),
  });
}

function answerLater(
  door: Door,
  read: Credential | Denial,
  known: Principal | undefined,
  req: Request,
  res: Response,
  next: NextFunction,
): void {
  const { context } = door;
  if (known !== undefined) {
    sendDenial(req, res, refuseUnaccepted(known), context);
  } else if (door.optional && 'kind' in read && read.kind === 'none') {
    letIn(context, req, res, next, undefined);
  } else {
    identify(door, read, req, res, next);
  }
}

function identify(door: Door, read: Credential | Denial, req: Request, res: Response, next: NextFunction): void {
  const { context } = door;
  const fail = (fault: unknown) => sendFault(req, res, next, fault, context);
  let answer: ReturnType<GateContext['identify']>;
  try {
    answer = context.identify(read, clientAddress(req));
  } catch (fault) {
    fail(fault);
    return;
  }
  if (answer instanceof Promise) answer.then((later) => settle(door, later, req, res, next), fail);
  else settle(door, answer, req, res, next);
}

function settle(door: Door, answer: Principal | Denial, req: Request, res: Response, next: NextFunction): void {
  const { accepts, context } = door;
  if (isDenial(answer)) sendDenial(req, res, answer, context);
  else if (!accepts.has(answer.kind)) sendDenial(req, res, refuseUnaccepted(answer), context);
  else letIn(context, req, res, next, answer);
}

function letIn(
  context: GateContext,
  req: Request,
  res: Response,
  next: NextFunction,
  principal: Principal | undefined,
): void {
  setAuth(req, principal, context.userProperty);
  markPrivate(res);
  next();
}
