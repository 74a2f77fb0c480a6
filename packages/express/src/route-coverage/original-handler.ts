/** A handler in a layer (an entry of a router), with the name that the handler's function had when it was mounted. */
export interface NamedHandler {
  readonly handle: unknown;
  readonly name: string;
}

/**
 * Properties in which tracing libraries store the function that they replaced. The first is set by shimmer
 * (OpenTelemetry, Sentry), the second by Datadog.
 */
const ORIGINALS = ['__original', '_datadog_orig'];
const MAX_WRAPPERS = 8;

/**
 * Returns the handler that was mounted, even if a tracing library has wrapped it.
 *
 * Express stores the name of the mounted function in the layer (an entry of a router). The name is therefore known even
 * if the original function cannot be reached.
 */
export function originalHandler(handle: unknown, layerName: unknown): NamedHandler {
  let found = handle;
  for (let depth = 0; depth < MAX_WRAPPERS; depth++) {
    const inner = innerOf(found);
    if (inner === undefined) break;
    found = inner;
  }
  const ownName = typeof found === 'function' ? found.name : '';
  const isNamed = typeof layerName === 'string' && layerName !== '' && layerName !== '<anonymous>';
  return { handle: found, name: found !== handle || !isNamed ? ownName : layerName };
}

function innerOf(handle: unknown): unknown {
  if (typeof handle !== 'function') return undefined;
  const inner = ORIGINALS.map((name): unknown => Reflect.get(handle, name)).find((each) => typeof each === 'function');
  return inner === handle ? undefined : inner;
}
