import { channel, tracingChannel } from 'node:diagnostics_channel';
import {
  type Credential,
  type Denial,
  type DenialCode,
  denialTable,
  type Explanation,
  type FaultCause,
  isDenial,
  type Principal,
  type Stage,
  UnavailableError,
} from '@flairgate/core';
import { faultCause } from '@flairgate/core/internal';
import { auditDenial, refusedCaller } from './denial/audit-denial.js';
import { debugDenial, debugFault } from './denial/debug-log.js';
import type { DenialOptions } from './denial/serialize-denial.js';
import type { MaybeLater } from './gate-context.js';
import { type AnyRequest, addressBucket, originOf } from './request/client-address.js';
import { findRequestId } from './request/request-id.js';

/** Event of the diagnostics channel `flairgate:denied`, published for each refusal. It contains no credential. */
export interface DeniedEvent {
  readonly code: DenialCode;
  readonly stage: Stage;
  /** Exact reason of the refusal, which the caller must not learn. */
  readonly reason: string;
  /** Address of the caller: the full IPv4 address, or the /64 network of an IPv6 address. */
  readonly address: string;
  /** Identity of the caller; undefined if it is not known. */
  readonly identity: string | undefined;
  /**
   * Explanation of a decision about a resource: the rule, and what would change the decision. Absent if the refusal is
   * not about a resource.
   */
  readonly explanation?: Explanation;
  /** Id of the request, if `createRequestIds` stored one. */
  readonly requestId?: string;
}

/**
 * Event of the diagnostics channel `flairgate:fault`, published for each error that is not a refusal and for each 503
 * response.
 */
export interface FaultEvent {
  readonly error: unknown;
  /** Cause, if a dependency failed. It contains no values and no secrets. Absent for any other error. */
  readonly cause?: FaultCause;
  /** Id of the request, if `createRequestIds` stored one. */
  readonly requestId?: string;
}

/**
 * Event of the tracing channel `flairgate:identify`. It is published when the gate begins to identify a caller whose
 * credential is not in the cache, and again when the gate has finished. It contains no credential. `error` is set if
 * identifying the caller failed with an error. A refusal is not such an error.
 */
export interface IdentifyEvent {
  readonly credential: Credential['kind'] | 'unreadable';
  /** Code of the refusal, or `identified`. Undefined while the caller is being identified, and after an error. */
  outcome: DenialCode | 'identified' | undefined;
  readonly error?: unknown;
}

const identifying = tracingChannel<string, IdentifyEvent>('flairgate:identify');

const denied = channel('flairgate:denied');
const faults = channel('flairgate:fault');

/** Writes a refusal to the audit log, and publishes it on `flairgate:denied`. */
export function publishDenied(
  req: AnyRequest,
  denial: Denial,
  { refusals, slot }: Pick<DenialOptions, 'refusals' | 'slot'> = {},
): void {
  const caller = refusedCaller(req, denial, slot);
  if (caller !== undefined) slot?.usage?.countDenial(caller, denial);
  if (refusals !== undefined) auditDenial(refusals, { req, caller, denial });
  debugDenial(req, denial, caller?.identity);
  if (denialTable[denial.code].status === 503) publishFault(faultOf(denial), req);
  if (!denied.hasSubscribers) return;
  const { code, reason, explanation } = denial;
  const event: DeniedEvent = {
    code,
    stage: denialTable[code].stage,
    reason,
    address: addressBucket(originOf(req).countedAs),
    identity: caller?.identity,
    ...(explanation === undefined ? {} : { explanation }),
    ...requestIdOf(req),
  };
  denied.publish(event);
}

/** Publishes an error that is not a refusal on `flairgate:fault`. Returns false if the channel has no subscriber. */
export function publishFault(error: unknown, req?: AnyRequest): boolean {
  debugFault(error);
  if (!faults.hasSubscribers) return false;
  const about = req === undefined ? {} : requestIdOf(req);
  const event: FaultEvent =
    error instanceof UnavailableError ? { error, cause: faultCause(error), ...about } : { error, ...about };
  faults.publish(event);
  return true;
}

function requestIdOf(req: AnyRequest): { readonly requestId?: string } {
  const found = findRequestId(req);
  return found === undefined ? {} : { requestId: found.id };
}

/**
 * The dependency that failed, by the code of the refusal. Any other code with status 503 means that the store failed.
 */
const DEPENDENCIES: { readonly [C in DenialCode]?: UnavailableError['dependency'] } = {
  ERR_KEY_SET_UNAVAILABLE: 'key-set',
  ERR_PROVIDER_UNAVAILABLE: 'provider',
};

function faultOf({ code, reason, fault }: Denial): unknown {
  const dependency = DEPENDENCIES[code] ?? 'store';
  return fault instanceof UnavailableError ? fault : new UnavailableError(dependency, fault ?? new Error(reason));
}

/**
 * Publishes an error on `flairgate:fault`. If the channel has no subscriber, emits a process warning instead, so that
 * operators always see the error.
 */
export function reportFault(error: unknown, req?: AnyRequest): void {
  if (publishFault(error, req)) return;
  const warning = error instanceof Error ? (error.stack ?? error.message) : 'a value that is not an error was thrown';
  process.emitWarning(warning, 'FlairgateFault');
}

/** True if `flairgate:identify` has subscribers. */
export function isIdentifyTraced(): boolean {
  return identifying.hasSubscribers;
}

/** Identifies a caller by calling `identify`. Publishes an `IdentifyEvent` at the start and at the end. */
export function traceIdentify(
  read: Credential | Denial,
  identify: () => MaybeLater<Principal | Denial>,
): Promise<Principal | Denial> {
  const event: IdentifyEvent = { credential: 'kind' in read ? read.kind : 'unreadable', outcome: undefined };
  return identifying.tracePromise(async () => {
    const answer = await identify();
    event.outcome = isDenial(answer) ? answer.code : 'identified';
    return answer;
  }, event);
}
