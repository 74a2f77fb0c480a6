/**
 * What middleware of a gate says about what is behind it: `requires` something of the caller, `guards` it (requires, and
 * reads the body itself), is `public` on purpose, or `passes` and says nothing.
 */
export type AuthorizationMark = 'requires' | 'guards' | 'public' | 'passes';

/** Registered, so that two copies of this package on one app know each other's marks. */
const STANCE = Symbol.for('@flairgate/express.stance');

const STANCES: readonly unknown[] = ['requires', 'guards', 'public', 'passes'] satisfies readonly AuthorizationMark[];

/** Marks middleware for `assertGuarded`. The mark changes nothing in what it does. */
export function markAuthorization<H extends object>(stance: AuthorizationMark, handler: H): H {
  return Object.defineProperty(handler, STANCE, { value: stance });
}

/** The stance of a handler; undefined for one that is not of a gate. */
export function stanceOf(handler: unknown): AuthorizationMark | undefined {
  if (typeof handler !== 'function') return undefined;
  const stance: unknown = Reflect.get(handler, STANCE);
  return isStance(stance) ? stance : undefined;
}

function isStance(value: unknown): value is AuthorizationMark {
  return STANCES.includes(value);
}

/** True where everything behind it may be reached on purpose. */
export function settles(stance: AuthorizationMark | undefined): boolean {
  return stance !== undefined && stance !== 'passes';
}

/** Names of the middleware that body-parser, Express and Multer make. */
const BODY_PARSERS = new Set(['jsonParser', 'urlencodedParser', 'rawParser', 'textParser', 'multerMiddleware']);

/** True for middleware that waits for the body of a request, as long as the caller likes. */
export function isBodyParser(handler: unknown): boolean {
  return typeof handler === 'function' && BODY_PARSERS.has(handler.name);
}
