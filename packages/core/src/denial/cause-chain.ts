/** Maximum number of errors in a chain of causes. The limit is needed because an error may be its own cause. */
const MAX_ERRORS = 8;

/**
 * Returns an error and its causes, outermost first. If an `AggregateError` has no `cause`, its first error counts as
 * its cause.
 */
export function causeChain(error: unknown): readonly Error[] {
  const found: Error[] = [];
  let next: unknown = error;
  while (next instanceof Error && found.length < MAX_ERRORS) {
    found.push(next);
    next = next.cause ?? (next instanceof AggregateError ? next.errors[0] : undefined);
  }
  return found;
}
