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
import type { DenialOptions } from './denial/serialize-denial.js';
import type { MaybeLater } from './gate-context.js';
import { type AnyRequest, addressBucket, originOf } from './request/client-address.js';

/** What subscribers of the diagnostics channel `flairgate:denied` get for each refusal. Holds no credential. */
export interface DeniedEvent {
  readonly code: DenialCode;
  readonly stage: Stage;
  /** The exact reason, which the caller must not learn. */
  readonly reason: string;
  /** Address of the caller: IPv4 whole, IPv6 by its /64. */
  readonly address: string;
  /** Identity of the caller, where it was known. */
  readonly identity: string | undefined;
  /** What decided about a resource, by which rule, and what would change it; absent where none was judged. */
  readonly explanation?: Explanation;
}

/**
 * What subscribers of the diagnostics channel `flairgate:fault` get for each error that is no refusal, and for each
 * answer 503.
 */
export interface FaultEvent {
  readonly error: unknown;
  /** Why a dependency failed, in words without values or secrets; absent where the error is of another kind. */
  readonly cause?: FaultCause;
}

/**
 * What subscribers of the tracing channel `flairgate:identify` get, at each end of finding out who is calling where the
 * cache could not tell. Holds no credential. `error` is there where it could not be decided.
 */
export interface IdentifyEvent {
  readonly credential: Credential['kind'] | 'unreadable';
  /** Undefined until it is done: the code of the refusal, or that there was none. */
  outcome: DenialCode | 'identified' | undefined;
  readonly error?: unknown;
}

const identifying = tracingChannel<string, IdentifyEvent>('flairgate:identify');

const denied = channel('flairgate:denied');
const faults = channel('flairgate:fault');

/** Tells the audit and subscribers of a refusal. Costs next to nothing where there are none. */
export function publishDenied(
  req: AnyRequest,
  denial: Denial,
  { refusals, slot }: Pick<DenialOptions, 'refusals' | 'slot'> = {},
): void {
  const caller = refusedCaller(req, denial, slot);
  if (refusals !== undefined) auditDenial(refusals, { req, caller, denial });
  if (denialTable[denial.code].status === 503) publishFault(faultOf(denial));
  if (!denied.hasSubscribers) return;
  const { code, reason, explanation } = denial;
  const event: DeniedEvent = {
    code,
    stage: denialTable[code].stage,
    reason,
    address: addressBucket(originOf(req).countedAs),
    identity: caller?.identity,
    ...(explanation === undefined ? {} : { explanation }),
  };
  denied.publish(event);
}

/** Tells subscribers of an error that is no refusal; gives false where nobody listens. */
export function publishFault(error: unknown): boolean {
  if (!faults.hasSubscribers) return false;
  const event: FaultEvent = error instanceof UnavailableError ? { error, cause: faultCause(error) } : { error };
  faults.publish(event);
  return true;
}

function faultOf({ code, reason, fault }: Denial): unknown {
  const dependency = code === 'ERR_KEY_SET_UNAVAILABLE' ? 'key-set' : 'store';
  return fault instanceof UnavailableError ? fault : new UnavailableError(dependency, fault ?? new Error(reason));
}

/** An error nobody listens for must still be seen by whoever runs the process. */
export function reportFault(error: unknown): void {
  if (publishFault(error)) return;
  const warning = error instanceof Error ? (error.stack ?? error.message) : 'something that is no error was thrown';
  process.emitWarning(warning, 'FlairgateFault');
}

/** Tells subscribers when it begins and when it is done. Costs nothing where there are none. */
export function traceIdentify(
  read: Credential | Denial,
  identify: () => MaybeLater<Principal | Denial>,
): MaybeLater<Principal | Denial> {
  if (!identifying.hasSubscribers) return identify();
  const event: IdentifyEvent = { credential: 'kind' in read ? read.kind : 'unreadable', outcome: undefined };
  return identifying.tracePromise(async () => {
    const answer = await identify();
    event.outcome = isDenial(answer) ? answer.code : 'identified';
    return answer;
  }, event);
}
