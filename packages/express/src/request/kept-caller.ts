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
import type { GateContext } from '../gate-context.js';
import { denyUnaccepted } from './accepts.js';
import { type AnyRequest, clientAddress } from './client-address.js';

/** What was required of a caller, of an organization. */
export interface Decision {
  /** Returns the refusal of a principal, or undefined where it has what is required. Never waits. */
  judge(principal: Principal, oid: string): Denial | undefined;
}

/** What `authenticate` found. Kept on the request under a symbol that only its gate has. */
export interface KeptCaller {
  /** Undefined for an anonymous caller. Replaced when it has ended and its credential stands for another. */
  principal: Principal | undefined;
  readonly credential: Credential;
  /** Address it was identified by, outside Express; undefined where the request itself tells it. */
  readonly from: { readonly address: string | undefined } | undefined;
  /** What let the request pass so far, and the organization it was about: a caller that is read again must have it too. */
  decision: Decision | undefined;
  oid: string;
  others: (readonly [Decision, string])[] | undefined;
  /** True while `authenticate`, which has just read both clocks, waits for its `next` to return: no time was waited. */
  isSameTurn: boolean;
}

/** Where a gate keeps its callers, and where it shows them to handlers. */
export interface CallerSlot {
  readonly symbol: symbol;
  /** Property of the request that shows the principal. Nothing of the gate reads it. */
  readonly property: string;
  readonly userProperty: string | undefined;
}

/** Creates the slot of one gate. */
export function createCallerSlot(property: string, userProperty: string | undefined): CallerSlot {
  return Object.freeze({ symbol: Symbol('flairgate caller'), property, userProperty });
}

/** Keeps a caller on its request, and shows it to handlers. `principal` is undefined for an anonymous one. */
export function keepCaller(
  req: IncomingMessage,
  slot: CallerSlot,
  credential: Credential,
  principal: Principal | undefined,
): KeptCaller {
  return keep(req, slot, principal, { credential, from: undefined });
}

/**
 * Calls `next` for a caller that was checked in this turn of the event loop. What runs before `next` returns need not
 * read the clocks again.
 */
export function nextInSameTurn(kept: KeptCaller, next: () => void): void {
  kept.isSameTurn = true;
  try {
    next();
  } finally {
    kept.isSameTurn = false;
  }
}

/** Keeps a caller that was identified outside Express, by this address. */
export function keepCallerFrom(
  req: IncomingMessage,
  slot: CallerSlot,
  credential: Credential,
  { principal, address }: { readonly principal: Principal; readonly address: string | undefined },
): void {
  keep(req, slot, principal, { credential, from: { address } });
}

/** A request, as what may be written to it. An assignment costs less than `Reflect.set`. */
interface Writable {
  auth?: Principal | undefined;
  [name: string | symbol]: unknown;
}

function keep(
  req: IncomingMessage,
  slot: CallerSlot,
  principal: Principal | undefined,
  { credential, from }: Pick<KeptCaller, 'credential' | 'from'>,
): KeptCaller {
  const kept: KeptCaller = {
    principal,
    credential,
    from,
    decision: undefined,
    oid: '',
    others: undefined,
    isSameTurn: false,
  };
  (req as object as Writable)[slot.symbol] = kept;
  showCaller(req, slot, principal);
  return kept;
}

/** Notes what let a request pass. */
export function noteDecision(kept: KeptCaller, decision: Decision, oid: string): void {
  if (kept.decision === undefined) {
    kept.decision = decision;
    kept.oid = oid;
  } else {
    kept.others ??= [];
    kept.others.push([decision, oid]);
  }
}

/** The refusal of a caller that was read again, by what let the request pass before. */
function checkAgain({ decision, oid, others = [] }: KeptCaller, principal: Principal): Denial | undefined {
  const first = decision?.judge(principal, oid);
  if (first !== undefined) return { ...first, organization: oid };
  for (const [other, where] of others) {
    const denial = other.judge(principal, where);
    if (denial !== undefined) return { ...denial, organization: where };
  }
  return undefined;
}

/** @throws TypeError where another library lets nobody write the property. */
function showCaller(req: IncomingMessage, slot: CallerSlot, principal: Principal | undefined): void {
  const { property, userProperty } = slot;
  const shown = req as object as Writable;
  // A name that is known here is written in half the time.
  if (property === 'auth') shown.auth = principal;
  else shown[property] = principal;
  if (userProperty !== undefined) shown[userProperty] = principal;
}

function keptCaller(req: object, { symbol }: CallerSlot): KeptCaller | undefined {
  return Reflect.get(req, symbol);
}

/** Returns the principal of a request; undefined where the caller is anonymous or `authenticate` has not run. */
export function maybeCaller(req: object, slot: CallerSlot): Principal | undefined {
  return keptCaller(req, slot)?.principal;
}

/**
 * Returns the principal of a request.
 *
 * @throws OptionError when `authenticate` has not run; DeniedError for an anonymous caller.
 */
export function callerOf(req: object, { slot }: Pick<GateContext, 'slot'>): Principal {
  const { principal } = requireKept(req, slot);
  if (principal === undefined) throw new DeniedError(MISSING);
  return principal;
}

const MISSING = Object.freeze(deny('ERR_CREDENTIAL_MISSING'));

/** A route that was built wrong lets nobody through. */
export function requireKept(req: object, slot: CallerSlot): KeptCaller {
  const kept = keptCaller(req, slot);
  if (kept !== undefined) return kept;
  throw new OptionError('gate.authenticate() of this gate has not run on this request; mount it before what needs it');
}

/**
 * Returns the caller while it counts, without a promise; undefined means "ask {@link currentCaller}".
 *
 * @throws OptionError when `authenticate` has not run.
 */
export function countedCaller(req: object, context: GateContext): Principal | undefined {
  return countedKept(req, context)?.principal;
}

/** What is kept of a caller while it counts; else as {@link countedCaller}. */
export function countedKept(req: object, { slot, authenticator }: GateContext): KeptCounted | undefined {
  const kept = keptCaller(req, slot);
  if (kept === undefined) return requireKept(req, slot) && undefined;
  return isCounted(kept) && authenticator.counts(kept.principal, kept.isSameTurn) ? kept : undefined;
}

interface KeptCounted extends KeptCaller {
  principal: Principal;
}

function isCounted(kept: KeptCaller): kept is KeptCounted {
  return kept.principal !== undefined;
}

/**
 * Returns a caller that counts: the one that was found, or, once that has ended, the one its credential stands for now,
 * which takes its place. The denial where there is none, or where it lacks what let the request pass before.
 *
 * Rejects with UnavailableError when it cannot be decided, with OptionError when `authenticate` has not run.
 */
export async function currentCaller(req: AnyRequest, context: GateContext): Promise<Principal | Denial> {
  const kept = requireKept(req, context.slot);
  const { principal, credential, from } = kept;
  if (principal === undefined) return MISSING;
  const address = () => (from === undefined ? clientAddress(req) : from.address);
  const answer = await context.authenticator.current(principal, credential, address);
  if (isDenial(answer) || answer === principal) return answer;
  // A credential never becomes one of another kind, so that what a route accepts was judged before.
  if (answer.kind !== principal.kind) return denyUnaccepted(answer);
  kept.principal = answer;
  showCaller(req, context.slot, answer);
  return checkAgain(kept, answer) ?? answer;
}

/** The caller of {@link currentCaller}. Rejects with DeniedError where there is none. */
export async function requireCurrentCaller(req: AnyRequest, context: GateContext): Promise<Principal> {
  const answer = countedCaller(req, context) ?? (await currentCaller(req, context));
  if (isDenial(answer)) throw new DeniedError(answer, context);
  return answer;
}
