import { type Credential, type Denial, isDenial, type Principal, type PrincipalKind } from '@flairgate/core';
import { assertKnownOptions, read } from '@flairgate/core/internal';
import type { RequestHandler } from 'express';
import { markPrivate, sendDenial, sendFault } from '../denial/send-denial.js';
import type { GateContext } from '../gate-context.js';
import { flag, optionObject } from '../options.js';
import { readProperty, useSharedShapes } from '../v8/dictionary-mode.js';
import { type Accepts, denyUnaccepted, parseAccepts } from './accepts.js';
import { clientAddress, originOf } from './client-address.js';
import { keepCaller, nextInSameTurn } from './kept-caller.js';
import { isPreflight, sendPreflight } from './preflight.js';
import type { MiddlewareCall } from './request.js';

/** Options of `gate.authenticate`. */
export interface AuthenticateOptions {
  /**
   * True if a request without a credential goes on as an anonymous one. An invalid credential is refused in any case.
   * Read the caller with `gate.maybeAuth(req)` on such routes.
   * @default false
   */
  readonly optional?: boolean;
  /** Kinds of principal that this route accepts. By default all but `ingestion-key` and `service`. */
  readonly accept?: readonly PrincipalKind[];
}

/** Parsed options of one mounted `authenticate`. */
interface Mount {
  readonly context: GateContext;
  readonly optional: boolean;
  readonly accepts: Accepts;
}

/**
 * Creates the middleware that identifies the caller, and refuses the request if it cannot.
 *
 * A credential in the cache takes one synchronous step without a promise. It works before and after body parsers,
 * because it reads the headers only.
 *
 * @throws OptionError for an unknown option or kind.
 */
export function createAuthenticate(context: GateContext, options: AuthenticateOptions = {}): RequestHandler {
  const mount = parseMount(context, options);
  const { accepts } = mount;
  const { authenticator, credentialLimits, preflight, slot } = context;
  return function authenticate(req, res, next) {
    useSharedShapes(req, res);
    if (preflight && isPreflight(req)) {
      sendPreflight(req, res);
      return;
    }
    const sent = read(req, credentialLimits, readProperty(req, 'rawHeaders'));
    // Few keys are bound to an address, and finding it costs as much as all the rest.
    const principal = 'kind' in sent ? authenticator.getCached(sent, () => clientAddress(req)) : undefined;
    if (principal === undefined || !('kind' in sent) || !accepts.has(principal.kind)) {
      sendLater({ mount, req, res, next }, sent, principal);
      return;
    }
    const kept = keepCaller(req, slot, sent, principal);
    markPrivate(res);
    nextInSameTurn(slot, kept, next);
  };
}

function parseMount(context: GateContext, options: AuthenticateOptions): Mount {
  const given = optionObject('authenticate', options);
  assertKnownOptions('authenticate', given, ['optional', 'accept']);
  return Object.freeze({
    context,
    optional: flag('authenticate.optional', given.optional),
    accepts: parseAccepts(given.accept),
  });
}

/** Request whose credential is not in the cache, or is not accepted here. */
interface ColdRequest extends MiddlewareCall {
  readonly mount: Mount;
}

function sendLater(request: ColdRequest, sent: Credential | Denial, known: Principal | undefined): void {
  const { mount, req, res } = request;
  if (known !== undefined) {
    sendDenial(req, res, denyUnaccepted(known), mount.context);
  } else if (mount.optional && 'kind' in sent && sent.kind === 'none') {
    letIn(request, sent, undefined);
  } else {
    findCaller(request, sent);
  }
}

function findCaller(request: ColdRequest, sent: Credential | Denial): void {
  const { mount, req, res, next } = request;
  const fail = (fault: unknown) => sendFault({ req, res, next }, fault, mount.context);
  let answer: ReturnType<GateContext['identify']>;
  try {
    answer = mount.context.identify(sent, originOf(req));
  } catch (fault) {
    fail(fault);
    return;
  }
  // A failure after the wait must not become an unhandled rejection, which would end the process.
  if (answer instanceof Promise) answer.then((later) => respond(request, sent, later), fail).catch(next);
  else respond(request, sent, answer);
}

function respond(request: ColdRequest, sent: Credential | Denial, answer: Principal | Denial): void {
  const { mount, req, res } = request;
  if (isDenial(answer)) sendDenial(req, res, answer, mount.context);
  else if (!mount.accepts.has(answer.kind) || !('kind' in sent)) {
    sendDenial(req, res, denyUnaccepted(answer), mount.context);
  } else letIn(request, sent, answer);
}

function letIn({ mount, req, res, next }: ColdRequest, credential: Credential, principal: Principal | undefined): void {
  keepCaller(req, mount.context.slot, credential, principal);
  markPrivate(res);
  next();
}
