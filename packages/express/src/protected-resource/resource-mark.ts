import type { CallerSlot } from '../request/caller-slot.js';
import type { RouteHandler } from '../route-coverage/read-router.js';

/**
 * A protected resource, as the middleware `challenge` stores it on each request for the resource. There is one object
 * for each resource.
 */
export interface ResourceMark {
  /** Accepted spellings of the resource's URI in a token's `aud`. */
  readonly names: ReadonlySet<string>;
  /** Address of the metadata. */
  readonly metadataUrl: string;
  /** True if tokens for the gate's own audience are accepted too. */
  readonly acceptsGate: boolean;
  /** The middleware `challenge`. Used to find the routes that are mounted behind it. */
  readonly challenge: object;
  /** Places at which `challenge` is mounted. Undefined until the first refusal for this resource. */
  mounts: readonly ChallengeMount[] | undefined;
}

/** A place at which a `challenge` is mounted with `use`. */
export interface ChallengeMount {
  readonly path: string;
  /** Handlers under the same path that are mounted after `challenge`. */
  readonly handlers: readonly RouteHandler[];
}

/** Stores the resource that a request is for, in place of a resource that was stored earlier. */
export function markResource(req: object, slot: CallerSlot, mark: ResourceMark): void {
  (req as { [name: symbol]: unknown })[slot.resourceSymbol] = mark;
}

/** Returns the resource that a request is for; undefined on routes that are not behind a `challenge` of this gate. */
export function resourceOf(req: object, slot: CallerSlot): ResourceMark | undefined {
  return slot.resourceCount === 0 ? undefined : Reflect.get(req, slot.resourceSymbol);
}
