import { type Denial, type DenialCode, DeniedError, deny, OptionError } from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { ErrorRequestHandler, Request } from 'express';
import { reportFault } from '../events.js';
import { oneOf, optionalFunction, optionObject } from '../options.js';
import { denialOfFault, sendDenial } from './send-denial.js';
import type { DenialOptions } from './serialize-denial.js';

/** Options of `gate.errorHandler`. */
export interface ErrorHandlerOptions {
  /**
   * Handling of errors that are not refusals. `answer` sends a 500 response without the error's message. `next` passes
   * the error on to the app's error handlers. A failed dependency of the gate counts as a refusal (503).
   * @default 'answer'
   */
  readonly faults?: 'answer' | 'next';
  /**
   * Receives every error that is not a refusal, before the 500 response is sent. By default such an error is published
   * on the diagnostics channel `flairgate:fault`, or emitted as a process warning if the channel has no subscriber.
   */
  readonly onFault?: (error: unknown, req: Request) => void;
}

/**
 * Refusals for errors of Express and its body parsers, by status. The errors' own messages can quote the body and are
 * never sent.
 */
const HTTP_ERRORS: Readonly<Record<number, { readonly code: DenialCode; readonly detail?: string }>> = {
  400: { code: 'ERR_VALIDATION', detail: 'the request is not well formed' },
  413: { code: 'ERR_BODY_TOO_LARGE' },
  415: { code: 'ERR_CONTENT_TYPE' },
};

/**
 * Creates the error handler to mount last. It sends a problem document for a refusal that a handler throws, for a
 * failed dependency of the gate, and for an error of a body parser.
 *
 * Any other error with a 4xx status belongs to the host and is passed on to the host's error handlers. All remaining
 * errors get a 500 response without their message, unless the option `faults` is `next`.
 *
 * @throws OptionError for an unknown option.
 */
export function createErrorHandler(style: DenialOptions, options: ErrorHandlerOptions = {}): ErrorRequestHandler {
  const given = optionObject('errorHandler', options);
  assertKnownOptions('errorHandler', given, ['faults', 'onFault']);
  const faults = oneOf('errorHandler.faults', given.faults, ['answer', 'next']);
  if (faults === 'next' && given.onFault !== undefined) {
    throw new OptionError("errorHandler.onFault: must be left out with faults: 'next'");
  }
  const onFault = optionalFunction('errorHandler.onFault', given.onFault) ?? reportFault;
  return function handleError(error: unknown, req, res, next) {
    const denial = denialOfError(error);
    if (denial === undefined && (faults === 'next' || isHostsOwn(error))) {
      next(error);
      return;
    }
    if (denial === undefined) onFault(error, req);
    sendDenial(req, res, denial ?? deny('ERR_INTERNAL'), style);
  };
}

function denialOfError(error: unknown): Denial | undefined {
  if (error instanceof DeniedError) return error.denial;
  if (isPassportFailure(error)) return deny('ERR_CREDENTIAL_MISSING');
  return denialOfFault(error) ?? denialOfHttpError(error);
}

/** True for the error of `passport.authenticate(…, { failWithError: true })` when no strategy accepted the request. */
function isPassportFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'AuthenticationError' && statusOf(error) === 401;
}

function denialOfHttpError(error: unknown): Denial | undefined {
  const known = isParserError(error) ? HTTP_ERRORS[statusOf(error) ?? 0] : undefined;
  return known && deny(known.code, known.detail === undefined ? {} : { detail: known.detail });
}

/** True for errors of body parsers, which have a `type`, and for the `URIError` of a path that cannot be decoded. */
function isParserError(error: unknown): boolean {
  return error instanceof URIError || (error instanceof Error && typeof Reflect.get(error, 'type') === 'string');
}

function isHostsOwn(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500;
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const status: unknown = Reflect.get(error, 'status') ?? Reflect.get(error, 'statusCode');
  return typeof status === 'number' ? status : undefined;
}
