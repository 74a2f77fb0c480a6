import type { IncomingMessage } from 'node:http';
import {
  type Credential,
  type Denial,
  DeniedError,
  deny,
  isDenial,
  OptionError,
  type Principal,
} from '@flairgate/core';
import { counts, currentPrincipal } from '@flairgate/core/internal';
import type { GateContext } from '../gate-context.js';
import { denialStyle } from '../protected-resource/resource-style.js';
import { denyUnaccepted } from './accepts.js';
import type { CallerSlot, Decision, KeptCaller } from './caller-slot.js';
import { type AnyRequest, clientAddress } from './client-address.js';

/**
 * Stores a caller on its request, and shows the principal to handlers. `principal` is undefined for an anonymous
 * caller.
 */
export function keepCaller(
  req: IncomingMessage,
  slot: CallerSlot,
  credential: Credential,
  principal: Principal | undefined,
): KeptCaller {
  return keep(req, slot, principal, credential, undefined);
}

/**
 * Calls `next` for a caller that was checked in this turn of the event loop. Until `next` returns, other middleware of
 * the gate finds the caller without a lookup, and does not read the clocks again.
 */
export function nextInSameTurn(slot: CallerSlot, kept: KeptCaller, next: () => void): void {
  slot.turn = kept;
  try {
    next();
  } finally {
    slot.turn = undefined;
  }
}

/**
 * Stores a caller that was identified outside Express, together with the address that was passed to `gate.identify`.
 */
export function keepCallerFrom(
  req: IncomingMessage,
  slot: CallerSlot,
  credential: Credential,
  { principal, address }: { readonly principal: Principal; readonly address: string | undefined },
): void {
  keep(req, slot, principal, credential, { address });
}

/** Request properties that the gate writes. The type allows assignments, which cost less than `Reflect.set`. */
interface Writable {
  auth?: Principal | undefined;
  [name: string | symbol]: unknown;
}

function keep(
  req: IncomingMessage,
  slot: CallerSlot,
  principal: Principal | undefined,
  credential: Credential,
  from: KeptCaller['from'],
): KeptCaller {
  const kept: KeptCaller = { req, principal, credential, from, decision: undefined, oid: '', others: undefined };
  // A request that is authenticated twice counts as one call.
  if (slot.usage !== undefined && principal !== undefined && !Object.hasOwn(req, slot.symbol)) {
    slot.usage.countCall(principal);
  }
  // A request that is authenticated again stores the last caller found.
  slot.turn = undefined;
  (req as object as Writable)[slot.symbol] = kept;
  showCaller(req, slot, principal);
  return kept;
}

/** Records a requirement that a request met. If the caller is identified again, the requirement is checked again. */
export function noteDecision(kept: KeptCaller, decision: Decision, oid: string): void {
  if (kept.decision === undefined) {
    kept.decision = decision;
    kept.oid = oid;
  } else {
    kept.others ??= [];
    kept.others.push([decision, oid]);
  }
}

/**
 * Checks a new principal of the request's caller against each requirement that the request has met. Returns the first
 * refusal, if any.
 */
function checkAgain({ decision, oid, others = [] }: KeptCaller, principal: Principal): Denial | undefined {
  const first = decision?.check(principal, oid);
  if (first !== undefined) return { ...first, organization: oid };
  for (const [other, where] of others) {
    const denial = other.check(principal, where);
    if (denial !== undefined) return { ...denial, organization: where };
  }
  return undefined;
}

/**
 * Writes the principal to the request properties that handlers read, such as `req.auth`.
 *
 * @throws TypeError if another library made the property read-only.
 */
function showCaller(req: IncomingMessage, slot: CallerSlot, principal: Principal | undefined): void {
  const { property, userProperty } = slot;
  const shown = req as object as Writable;
  // Writing a constant property name takes half the time.
  if (property === 'auth') shown.auth = principal;
  else shown[property] = principal;
  if (userProperty !== undefined) shown[userProperty] = principal;
}

function keptCaller(req: object, { symbol }: CallerSlot): KeptCaller | undefined {
  return Reflect.get(req, symbol);
}

/** Returns the principal of a request; undefined for an anonymous caller, or if `authenticate` has not run. */
export function maybeCaller(req: object, slot: CallerSlot): Principal | undefined {
  return keptCaller(req, slot)?.principal;
}

/**
 * Returns the principal of a request.
 *
 * @throws OptionError if `authenticate` has not run; DeniedError for an anonymous caller.
 */
export function callerOf(req: object, { slot }: Pick<GateContext, 'slot'>): Principal {
  const { principal } = requireKept(req, slot);
  if (principal === undefined) throw new DeniedError(MISSING);
  return principal;
}

/** Refusal of a request without a credential. */
export const MISSING = Object.freeze(deny('ERR_CREDENTIAL_MISSING'));

/**
 * Returns the caller stored on a request.
 *
 * @throws OptionError if `authenticate` has not run, so that a route that is mounted in the wrong order lets no caller
 * through.
 */
export function requireKept(req: object, slot: CallerSlot): KeptCaller {
  const kept = keptCaller(req, slot);
  if (kept !== undefined) return kept;
  throw new OptionError('gate.authenticate() of this gate must run before this on each request; mount it earlier');
}

/**
 * Returns the request's principal without waiting, if the principal is known to be valid. Otherwise returns undefined,
 * and the function {@link currentCaller} must be called.
 *
 * @throws OptionError if `authenticate` has not run.
 */
export function countedCaller(req: object, context: GateContext): Principal | undefined {
  return countedKept(req, context)?.principal;
}

/** Does the same as {@link countedCaller}, but returns the stored caller and not only its principal. */
export function countedKept(req: object, { slot }: GateContext): KeptPrincipal | undefined {
  const { turn } = slot;
  const isSameTurn = turn !== undefined && turn.req === req;
  const kept = isSameTurn ? turn : requireKept(req, slot);
  return hasPrincipal(kept) && counts(kept.principal, isSameTurn) ? kept : undefined;
}

/** Stored caller that is not anonymous. */
export interface KeptPrincipal extends KeptCaller {
  principal: Principal;
}

/** True for a caller that is not anonymous. */
export function hasPrincipal(kept: KeptCaller): kept is KeptPrincipal {
  return kept.principal !== undefined;
}

/**
 * Returns the request's principal if it is still valid. Otherwise identifies the caller again by the same credential,
 * and stores the new principal in place of the old one. Returns a denial if the credential is no longer valid, or if
 * the new principal does not meet a requirement that the request has met.
 *
 * Rejects with UnavailableError if validity cannot be checked now, and with OptionError if `authenticate` has not run.
 */
export async function currentCaller(req: AnyRequest, context: GateContext): Promise<Principal | Denial> {
  const kept = requireKept(req, context.slot);
  const { principal, credential, from } = kept;
  if (principal === undefined) return MISSING;
  const address = () => (from === undefined ? clientAddress(req) : from.address);
  const answer = await currentPrincipal(context.authenticator, { principal, credential, address });
  if (isDenial(answer) || answer === principal) return answer;
  // A credential always has the same kind, and the accepted kinds were checked when the caller was identified.
  if (answer.kind !== principal.kind) return denyUnaccepted(answer, new Set([principal.kind]));
  kept.principal = answer;
  showCaller(req, context.slot, answer);
  return checkAgain(kept, answer) ?? answer;
}

/** Does the same as {@link currentCaller}, but rejects with DeniedError instead of returning a denial. */
export async function requireCurrentCaller(req: AnyRequest, context: GateContext): Promise<Principal> {
  const answer = countedCaller(req, context) ?? (await currentCaller(req, context));
  if (isDenial(answer)) throw new DeniedError(answer, denialStyle(req, answer, context));
  return answer;
}
