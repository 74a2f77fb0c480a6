import type { NamedHandler } from './original-handler.js';

/**
 * Returns the app inside the function that `app.use(otherApp)` adds to a router. Returns undefined if the app cannot be
 * found.
 *
 * Express captures the app in a closure and does not expose it. However, the function that Express adds first replaces
 * the prototype of the request by the app's own request object, which has a property `app`. Therefore `mountedApp`
 * calls that function with a fake request, reads the new prototype, and stops the call before any handler of the app
 * runs.
 */
export function mountedApp({ handle, name }: NamedHandler): unknown {
  if (typeof handle !== 'function' || name !== 'mounted_app') return undefined;
  // Express's own `mounted_app` has three parameters. For a tracing wrapper, which has a different name, the number of
  // parameters is not checked.
  if (handle.name === 'mounted_app' && handle.length !== 3) return undefined;
  let found: unknown;
  let asked = false;
  const probe = new Proxy<object>(
    { method: 'HEAD', url: '/', originalUrl: '/', headers: {}, app: STUB },
    {
      setPrototypeOf(_target, prototype) {
        // This is the second call, in which Express 4 leaves its router and restores the outer app's prototype.
        if (asked) return true;
        asked = true;
        found = prototype === null ? undefined : Reflect.get(prototype, 'app');
        // On Express 4, the router catches this value and stops. On Express 5, the value is thrown to the caller of the
        // mounted app.
        throw LEAVE;
      },
    },
  );
  try {
    Reflect.apply(handle, undefined, [probe, RESPONSE, doNothing]);
  } catch (thrown) {
    if (thrown !== LEAVE) return undefined;
  }
  return found;
}

const LEAVE = 'router';

function doNothing(): void {}

/** Fake prototypes of the outer app, which Express restores when the inner app is done. */
const STUB = { request: {}, response: {} };

/** Fake response on which every operation does nothing. */
const RESPONSE: object = new Proxy({}, { get: () => doNothing, set: () => true, setPrototypeOf: () => true });
