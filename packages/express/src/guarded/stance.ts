/**
 * What middleware of a gate says about what is behind it: `requires` something of the caller, is `public` on purpose,
 * or `passes` and says nothing.
 */
export type Stance = 'requires' | 'public' | 'passes';

/** Registered, so that two copies of this package on one app know each other's marks. */
const STANCE = Symbol.for('@flairgate/express.stance');

/** Marks middleware for `assertGuarded`. The mark changes nothing in what it does. */
export function takeStance<H extends object>(stance: Stance, handler: H): H {
  return Object.defineProperty(handler, STANCE, { value: stance });
}

/** The stance of a handler; undefined for one that is not of a gate. */
export function stanceOf(handler: unknown): Stance | undefined {
  if (typeof handler !== 'function') return undefined;
  const stance: unknown = Reflect.get(handler, STANCE);
  return stance === 'requires' || stance === 'public' || stance === 'passes' ? stance : undefined;
}
