import { debuglog } from 'node:util';
import { type Denial, denialTable, UnavailableError } from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import { type AnyRequest, addressBucket, originOf } from '../request/client-address.js';
import { targetOf } from './audit-denial.js';

/** Prints to stderr where the environment says `NODE_DEBUG=flairgate`, for people who develop. */
const debug = debuglog('flairgate');

/**
 * Prints the exact reason of a refusal, which the caller must not learn. The line has no header and no value of a path
 * or a query, so it has no credential.
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

/** Prints that something failed: the cause of a dependency, or the name of another error, without its message. */
export function debugFault(error: unknown): void {
  if (debug.enabled) debug('fault: %s', describeFault(error));
}

function describeFault(error: unknown): string {
  if (error instanceof UnavailableError) return JSON.stringify(faultCause(error));
  return error instanceof Error ? error.name : typeof error;
}
