import { type Credential, type Denial, isDenial, type Principal, type PrincipalKind } from '@flairgate/core';
import { assertKnownOptions, read } from '@flairgate/core/internal';
import type { Request, RequestHandler } from 'express';
import { markPrivate, sendDenial, sendFault } from '../denial/send-denial.js';
import type { GateContext } from '../gate-context.js';
import { flag, optionObject } from '../options.js';
import { denyElsewhere, isForRequest } from '../protected-resource/check-audience.js';
import { readProperty, useSharedShapes } from '../v8/dictionary-mode.js';
import { type Accepts, denyUnaccepted, parseAccepts } from './accepts.js';
import { clientAddress, originOf } from './client-address.js';
import { type CredentialOptions, parseCredentialOptions } from './credential-options.js';
import { keepCaller, MISSING, nextInSameTurn } from './kept-caller.js';
import { isPreflight, sendPreflight } from './preflight.js';
import type { MiddlewareCall } from './request.js';

/** Options of `gate.authenticate`. */
export interface AuthenticateOptions extends CredentialOptions {
  /**
   * True if a request without a credential is accepted as anonymous. A request with an invalid credential is refused in
   * any case. If this option is set, handlers must read the caller with `gate.maybeAuth(req)`.
   * @default false
   */
  readonly optional?: boolean;
  /** Kinds of principal that this route accepts. By default all except `ingestion-key` and `service`. */
  readonly accept?: readonly PrincipalKind[];
}

/** Parsed options of one mounted `authenticate`. */
interface Mount {
  readonly context: GateContext;
  readonly optional: boolean;
  readonly accepts: Accepts;
}

/**
 * Creates the middleware that identifies the caller, or refuses the request.
 *
 * A cached credential is handled synchronously, without a promise. The middleware can be mounted before or after body
 * parsers, because it reads only headers.
 *
 * @throws OptionError for an unknown option or kind.
 */
export function createAuthenticate(context: GateContext, options: AuthenticateOptions = {}): RequestHandler {
  const mount = parseMount(context, options);
  const { authenticator, credentialOptions, preflight, slot, vary } = mount.context;
  let asking: Request | undefined;
  // All requests share this function: `getCached` only calls it synchronously.
  const addressOfAsking = () => (asking === undefined ? undefined : clientAddress(asking));
  return function authenticate(req, res, next) {
    useSharedShapes(req, res);
    if (preflight && isPreflight(req)) {
      sendPreflight(req, res);
      return;
    }
    const sent = read(req, credentialOptions, readProperty(req, 'rawHeaders'));
    // Computed only when needed: finding the address costs as much as all other steps, and few keys have ranges.
    asking = req;
    const principal = 'kind' in sent ? authenticator.getCached(sent, addressOfAsking) : undefined;
    asking = undefined;
    if (principal === undefined || !('kind' in sent) || denialOf(mount, req, principal) !== undefined) {
      findCaller({ mount, req, res, next }, sent, principal);
      return;
    }
    const kept = keepCaller(req, slot, sent, principal);
    markPrivate(res, vary);
    nextInSameTurn(slot, kept, next);
  };
}

function parseMount(context: GateContext, options: AuthenticateOptions): Mount {
  const given = optionObject('authenticate', options);
  assertKnownOptions('authenticate', given, ['optional', 'accept', 'bearerKeys', 'keyHeaders']);
  const credentials = parseCredentialOptions('authenticate.', given, context.credentialOptions);
  return Object.freeze({
    context: Object.freeze({ ...context, ...credentials }),
    optional: flag('authenticate.optional', given.optional),
    accepts: parseAccepts(given.accept),
  });
}

/** A request whose credential is not in the cache, or is cached but not accepted by this middleware. */
interface ColdRequest extends MiddlewareCall {
  readonly mount: Mount;
}

/**
 * Identifies the caller, then calls `next` or sends the refusal. `known` is a cached principal that this middleware
 * does not accept.
 */
function findCaller(request: ColdRequest, sent: Credential | Denial, known: Principal | undefined): void {
  const { mount, req, res, next } = request;
  if (mount.optional && 'kind' in sent && sent.kind === 'none') {
    letIn(request, sent, undefined);
    return;
  }
  const fail = (fault: unknown) => sendFault({ req, res, next }, fault, mount.context);
  let answer: ReturnType<GateContext['identify']>;
  try {
    answer = known ?? mount.context.identify(sent, originOf(req));
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
  const denial = isDenial(answer) ? answer : denialOf(mount, req, answer);
  if (denial !== undefined || isDenial(answer) || !('kind' in sent)) {
    sendDenial(req, res, denial ?? MISSING, mount.context);
  } else letIn(request, sent, answer);
}

/**
 * Returns a refusal if this route does not accept a caller with a valid credential: because of the kind of credential,
 * or because the token is for a different protected resource.
 */
function denialOf({ accepts, context }: Mount, req: Request, principal: Principal): Denial | undefined {
  if (!accepts.has(principal.kind)) return denyUnaccepted(principal, accepts);
  return isForRequest(req, context.slot, principal) ? undefined : denyElsewhere(principal);
}

function letIn({ mount, req, res, next }: ColdRequest, credential: Credential, principal: Principal | undefined): void {
  keepCaller(req, mount.context.slot, credential, principal);
  markPrivate(res, mount.context.vary);
  next();
}
