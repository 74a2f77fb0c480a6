import { debuglog } from 'node:util';
import { type Denial, denialTable, UnavailableError } from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import { type AnyRequest, addressBucket, originOf } from '../request/client-address.js';
import { targetOf } from './audit-denial.js';

/** Prints to standard error if the environment contains `NODE_DEBUG=flairgate`. For use during development. */
const debug = debuglog('flairgate');

/**
 * Prints the exact reason of a refusal, which the caller must not learn. The line contains no header, and no value from
 * the path or the query, so it cannot contain a credential.
 */
export function debugDenial(req: AnyRequest, denial: Denial, identity: string | undefined): void {
  if (!debug.enabled) return;
  const { code, reason, detail, fault, explanation } = denial;
  const why = reason === code ? detail : reason;
  const { stage, status } = denialTable[code];
  const from = addressBucket(originOf(req).countedAs);
  debug('%s: %d %s at %s: %s (%s from %s)', targetOf(req), status, code, stage, why, identity ?? 'anonymous', from);
  if (explanation !== undefined) debug('  %j', explanation);
  if (fault !== undefined) debug('  %s', describeFault(fault));
}

/**
 * Prints a failure: the cause if a dependency failed, otherwise the name of the error. The error's message is not
 * printed.
 */
export function debugFault(error: unknown): void {
  if (debug.enabled) debug('fault: %s', describeFault(error));
}

function describeFault(error: unknown): string {
  if (error instanceof UnavailableError) return JSON.stringify(faultCause(error));
  return error instanceof Error ? error.name : typeof error;
}
