import type { Credential, Denial, Principal } from '@flairgate/core';
import type { UsageLog } from '@flairgate/core/administration';

/** A requirement that a caller met in one organization. */
export interface Decision {
  /** Returns a refusal if a principal does not meet the requirement, otherwise undefined. Runs synchronously. */
  check(principal: Principal, oid: string): Denial | undefined;
}

/** Caller that a gate found for a request. It is stored on the request under a symbol that only this gate has. */
export interface KeptCaller {
  readonly req: object;
  /**
   * The caller's principal, undefined for an anonymous caller. If the principal is no longer valid and the same
   * credential now gives a different principal, the new one is stored in its place.
   */
  principal: Principal | undefined;
  readonly credential: Credential;
  /** Address given to `gate.identify`. Undefined if the caller was identified by Express middleware. */
  readonly from: { readonly address: string | undefined } | undefined;
  /**
   * First requirement that the request met, in the organization `oid`. If the caller is identified again, the new
   * principal must meet this requirement too.
   */
  decision: Decision | undefined;
  oid: string;
  others: (readonly [Decision, string])[] | undefined;
}

/**
 * Properties in which a gate stores the caller on each request and shows it to handlers. Also contains state that the
 * gate's middleware shares. Each gate has one slot.
 */
export interface CallerSlot {
  /** Property of the request that stores the caller. Only this gate has the symbol. */
  readonly symbol: symbol;
  /** Property of the request in which handlers find the principal. The gate never reads the property. */
  readonly property: string;
  readonly userProperty: string | undefined;
  /** Property of the request that stores the protected resource the request is for. Only this gate has the symbol. */
  readonly resourceSymbol: symbol;
  /** Number of protected resources of the gate. Counted while the app is built. */
  resourceCount: number;
  /**
   * Caller whose request is handled in the current synchronous call of `next`. Undefined outside such a call. The
   * caller was checked just before the call, so its validity need not be checked again.
   */
  turn: KeptCaller | undefined;
  /** Counts the calls of keys. Undefined if calls are not counted. */
  readonly usage: UsageLog | undefined;
}

/** Creates the slot (the storage place for callers) of one gate. */
export function createCallerSlot(
  property: string,
  userProperty: string | undefined,
  usage: UsageLog | undefined,
): CallerSlot {
  return Object.seal({
    symbol: Symbol('flairgate caller'),
    property,
    userProperty,
    resourceSymbol: Symbol('flairgate resource'),
    resourceCount: 0,
    turn: undefined,
    usage,
  });
}
