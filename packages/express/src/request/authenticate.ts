import {
  type Credential,
  type Denial,
  isDenial,
  type Principal,
  type PrincipalKind,
  readCredential,
} from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { markPrivate, sendDenial, sendFault } from '../denial/send-denial.js';
import type { GateContext } from '../gate-context.js';
import { flag, optionObject } from '../options.js';
import { useSharedShapes } from '../v8/dictionary-mode.js';
import { type Accepts, denyUnaccepted, parseAccepts } from './accepts.js';
import { clientAddress, originOf } from './client-address.js';
import { keepCaller, nextInSameTurn } from './kept-caller.js';
import { isPreflight, sendPreflight } from './preflight.js';
import { readProperty } from './request.js';

/** Options of `gate.authenticate`. */
export interface AuthenticateOptions {
  /**
   * Lets a request without a credential pass, as an anonymous one. An invalid credential is refused all the same. Read
   * the caller with `gate.maybeAuth(req)` on such routes.
   *
   * @default false
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
 * Creates the middleware that authenticates a request, and refuses it if that fails.
 *
 * One synchronous step without a promise when the credential is in the cache. Works before and after body parsers:
 * it reads the headers only.
 *
 * @throws OptionError for an unknown option or kind.
 */
export function createAuthenticate(context: GateContext, options: AuthenticateOptions = {}): RequestHandler {
  const door = parseDoor(context, options);
  const { accepts } = door;
  const { authenticator, credentialLimits, preflight, slot } = context;
  return function authenticate(req, res, next) {
    useSharedShapes(req, res);
    if (preflight && isPreflight(req)) {
      sendPreflight(res);
      return;
    }
    const read = readCredential(readProperty(req, 'rawHeaders'), credentialLimits);
    // Few keys are bound to an address, and finding the address costs as much as all the rest.
    const principal = 'kind' in read ? authenticator.getCached(read, () => clientAddress(req)) : undefined;
    if (principal === undefined || !('kind' in read) || !accepts.has(principal.kind)) {
      sendLater({ door, req, res, next }, read, principal);
      return;
    }
    const kept = keepCaller(req, slot, read, principal);
    markPrivate(res);
    nextInSameTurn(kept, next);
  };
}

function parseDoor(context: GateContext, options: AuthenticateOptions): Door {
  const given = optionObject('authenticate', options);
  assertKnownOptions('authenticate', given, ['optional', 'accept']);
  return Object.freeze({
    context,
    optional: flag('authenticate.optional', given.optional),
    accepts: parseAccepts(given.accept),
  });
}

/** One request whose credential was not in the cache, or is not accepted. */
interface Waiting {
  readonly door: Door;
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
}

function sendLater(waiting: Waiting, read: Credential | Denial, known: Principal | undefined): void {
  const { door, req, res } = waiting;
  if (known !== undefined) {
    sendDenial(req, res, denyUnaccepted(known), door.context);
  } else if (door.optional && 'kind' in read && read.kind === 'none') {
    letIn(waiting, read, undefined);
  } else {
    findCaller(waiting, read);
  }
}

function findCaller(waiting: Waiting, read: Credential | Denial): void {
  const { door, req, res, next } = waiting;
  const fail = (fault: unknown) => sendFault(req, res, next, fault, door.context);
  let answer: ReturnType<GateContext['identify']>;
  try {
    answer = door.context.identify(read, originOf(req));
  } catch (fault) {
    fail(fault);
    return;
  }
  // A rejection here must be handled: an unhandled one would end the process.
  if (answer instanceof Promise) answer.then((later) => complete(waiting, read, later), fail).catch(next);
  else complete(waiting, read, answer);
}

function complete(waiting: Waiting, read: Credential | Denial, answer: Principal | Denial): void {
  const { door, req, res } = waiting;
  if (isDenial(answer)) sendDenial(req, res, answer, door.context);
  else if (!door.accepts.has(answer.kind) || !('kind' in read)) {
    sendDenial(req, res, denyUnaccepted(answer), door.context);
  } else letIn(waiting, read, answer);
}

function letIn({ door, req, res, next }: Waiting, credential: Credential, principal: Principal | undefined): void {
  keepCaller(req, door.context.slot, credential, principal);
  markPrivate(res);
  next();
}
