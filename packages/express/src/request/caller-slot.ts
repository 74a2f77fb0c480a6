import type { Credential, Denial, Principal } from '@flairgate/core';
import type { UsageLog } from '@flairgate/core/administration';

/** A requirement that a caller met in one organization. */
export interface Decision {
  /** Returns a refusal if a principal does not meet the requirement. Otherwise undefined. Never waits. */
  check(principal: Principal, oid: string): Denial | undefined;
}

/** Caller that `authenticate` found, stored on the request under a symbol that only its gate has. */
export interface KeptCaller {
  readonly req: object;
  /**
   * Undefined for an anonymous caller. Replaced if the principal is no longer valid and the same credential now gives a
   * different principal.
   */
  principal: Principal | undefined;
  readonly credential: Credential;
  /** Address given to `gate.identify`. Undefined if the caller was identified by Express middleware. */
  readonly from: { readonly address: string | undefined } | undefined;
  /** First requirement that the request met. A caller that is read again must meet it again in organization `oid`. */
  decision: Decision | undefined;
  oid: string;
  others: (readonly [Decision, string])[] | undefined;
}

/** Place where a gate stores its callers on requests and shows them to handlers. One for each gate. */
export interface CallerSlot {
  /** Property of the request that stores the caller. Only this gate has the symbol. */
  readonly symbol: symbol;
  /** Property of the request that shows the principal. The gate never reads it. */
  readonly property: string;
  readonly userProperty: string | undefined;
  /** Property of the request that stores the protected resource the request is for. Only this gate has the symbol. */
  readonly resourceSymbol: symbol;
  /** Number of protected resources of the gate. Counted while the app is built. */
  resourceCount: number;
  /**
   * Caller whose request is handled in the current synchronous call of `next`; undefined outside such a call. Its
   * validity need not be checked again, because no time has passed.
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
