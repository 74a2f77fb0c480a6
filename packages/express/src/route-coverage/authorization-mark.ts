import type { NamedHandler } from './original-handler.js';

/**
 * Mark on a gate's middleware, read by `assertGuarded`. `requires`: the middleware checks the caller. `guards`: the
 * middleware checks the caller and also reads the body itself. `public`: the routes behind the middleware are public on
 * purpose. `passes`: the middleware checks nothing.
 */
export type AuthorizationMark = 'requires' | 'guards' | 'public' | 'passes';

/**
 * Symbol of the property that stores the mark. The symbol is global, so that two copies of this package in one app read
 * each other's marks.
 */
const MARK = Symbol.for('@flairgate/express.stance');

/**
 * Property that stores the same mark under a string name. Tracing libraries replace handlers with wrappers, and some of
 * these libraries copy only enumerable properties with string names to the wrapper.
 */
const TEXT_MARK = 'flairgateAuthorization';

const MARKS: readonly unknown[] = ['requires', 'guards', 'public', 'passes'] satisfies readonly AuthorizationMark[];

/** Marks middleware for `assertGuarded`. The mark does not change the middleware's behavior. */
export function markAuthorization<H extends object>(mark: AuthorizationMark, handler: H): H {
  Object.defineProperty(handler, TEXT_MARK, { value: mark, enumerable: true });
  return Object.defineProperty(handler, MARK, { value: mark });
}

/** Returns the mark of a handler; undefined for a handler that is not from a gate. */
export function markOf(handler: unknown): AuthorizationMark | undefined {
  if (typeof handler !== 'function') return undefined;
  const mark: unknown = Reflect.get(handler, MARK) ?? Reflect.get(handler, TEXT_MARK);
  return isMark(mark) ? mark : undefined;
}

function isMark(value: unknown): value is AuthorizationMark {
  return MARKS.includes(value);
}

/** True if the routes behind middleware with this mark are checked, or public on purpose. */
export function isChecked(mark: AuthorizationMark | undefined): boolean {
  return mark !== undefined && mark !== 'passes';
}

/** Names of the middleware that body-parser, Express and Multer create. */
const BODY_PARSERS = new Set(['jsonParser', 'urlencodedParser', 'rawParser', 'textParser', 'multerMiddleware']);

/** True for middleware that waits for the body of a request, which a caller can delay. */
export function isBodyParser({ handle, name }: NamedHandler): boolean {
  return typeof handle === 'function' && BODY_PARSERS.has(name);
}
