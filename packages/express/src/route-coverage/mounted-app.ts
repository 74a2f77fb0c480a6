/**
 * Finds the app behind what `app.use(otherApp)` leaves in a router; undefined where it cannot be told.
 *
 * Express closes over the app and shows it nowhere. But the first thing a mounted app does with a request is to make
 * its own request the prototype, and that one names the app: so a request that is none is handed over, and taken away
 * at that step. Of the app itself nothing has run by then.
 */
export function mountedApp(handle: unknown): unknown {
  if (typeof handle !== 'function' || handle.name !== 'mounted_app' || handle.length !== 3) return undefined;
  let found: unknown;
  let asked = false;
  const probe = new Proxy<object>(
    { method: 'HEAD', url: '/', originalUrl: '/', headers: {}, app: STUB },
    {
      setPrototypeOf(_target, prototype) {
        // Express 4 leaves its router a moment later, and puts the outer app's request back.
        if (asked) return true;
        asked = true;
        found = prototype === null ? undefined : Reflect.get(prototype, 'app');
        // Express 4 is inside its router here, and leaves it on this word; Express 5 is not, and throws it on.
        throw LEAVE;
      },
    },
  );
  try {
    Reflect.apply(handle, undefined, [probe, RESPONSE, ignore]);
  } catch (thrown) {
    if (thrown !== LEAVE) return undefined;
  }
  return found;
}

const LEAVE = 'router';

function ignore(): void {}

/** What Express gives back to the outer app when the inner one is through. */
const STUB = { request: {}, response: {} };

/** Whatever is asked of the response, nothing happens. */
const RESPONSE: object = new Proxy({}, { get: () => ignore, set: () => true, setPrototypeOf: () => true });
