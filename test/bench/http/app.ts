import type { Application } from 'express';

export type Headers = Readonly<Record<string, string>>;

/** Requests of a variant: one, or many that are sent in turn. */
export interface Served {
  /** Headers of requests that get `status`. Several are sent in turn, so that nothing is found in a cache. */
  readonly send: readonly Headers[];
  /** Default 200. */
  readonly status?: number;
  /** Headers of a request that must be refused with 401; absent where nothing is refused. */
  readonly refused?: Headers;
  /** Starts to create keys at a rate per second. Returns the function that stops it. */
  readonly createKeys?: (perSecond: number) => () => void;
  /** Removes what was made for it. */
  readonly remove?: () => Promise<void>;
}

/** The route that every variant serves. */
export interface Route {
  readonly path: string;
  readonly answer: object;
  /** Permission it asks for. */
  readonly needed: string;
  /** Permissions of the caller. */
  readonly permissions: readonly string[];
}

/** One way to protect the route. */
export interface Variant {
  readonly name: string;
  /** Mounts everything, the route included. */
  mount(app: Application, route: Route): Promise<Served>;
}

export const path = '/rules';

/** The answer of the route: small, as most are. */
export const answer = Object.freeze({ id: 'r1', name: 'rule', enabled: true, tags: ['a', 'b'], count: 3 });

/** A list of 100 items, for what looks into lists. */
export const itemList = Object.freeze(
  Array.from({ length: 100 }, (_, index) => ({
    id: `r${index}`,
    name: `rule ${index}`,
    data: { text: 'x'.repeat(40) },
  })),
);
