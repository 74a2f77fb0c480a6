/** Properties under which a gate stores its callers on requests and shows them to handlers. */
export interface CallerSlot {
  readonly symbol: symbol;
  /** Property of the request that shows the principal. The gate never reads it. */
  readonly property: string;
  readonly userProperty: string | undefined;
}

/** Creates the slot of one gate. */
export function createCallerSlot(property: string, userProperty: string | undefined): CallerSlot {
  return Object.freeze({ symbol: Symbol('flairgate caller'), property, userProperty });
}
