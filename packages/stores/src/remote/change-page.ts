import type { ChangePage, FeedChange } from '@flairgate/core/administration';
import type { JsonObject } from '@flairgate/core/internal';
import type { ScopeKind } from '@flairgate/core/store';

const SCOPES: Readonly<Record<ScopeKind, true>> = {
  key: true,
  user: true,
  membership: true,
  org: true,
  'signing-key': true,
  all: true,
};

/**
 * Parses a page of the change feed (the list of changes that another Flairgate instance sends). Returns undefined if
 * any part of the page is missing, malformed or of an unknown kind.
 */
export function parseChangePage(answer: JsonObject): ChangePage | undefined {
  const { protocol, inc, n, prunedTo, changes, organizations, more, heldMs, ageMs } = answer;
  if (protocol !== 1 || typeof inc !== 'string' || inc === '' || typeof more !== 'boolean') return undefined;
  if (!isCount(n) || !isCount(prunedTo) || !isDuration(heldMs) || !isDuration(ageMs)) return undefined;
  if (!Array.isArray(changes) || !isOrganizations(organizations)) return undefined;
  const read = changes.map(readChange);
  const known = read.filter((change) => change !== undefined);
  // A change with an unknown scope (kind of target) may revoke something that is cached, so it is not ignored.
  if (known.length !== read.length || prunedTo > n || !isInOrder(known, n)) return undefined;
  return { protocol, inc, n, prunedTo, changes: known, organizations, more, heldMs, ageMs };
}

/**
 * True if the changes are in order of their numbers, and no number is greater than `last`, the change number of the
 * page. A valid page always meets both conditions.
 */
function isInOrder(changes: readonly FeedChange[], last: number): boolean {
  return changes.every(({ n }, at) => n <= (changes[at + 1]?.n ?? last));
}

function readChange(value: unknown): FeedChange | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('n' in value && 'scope' in value && 'id' in value)) return undefined;
  const { n, scope, id } = value;
  return isCount(n) && isScope(scope) && typeof id === 'string' ? { n, scope, id } : undefined;
}

function isScope(value: unknown): value is ScopeKind {
  return typeof value === 'string' && Object.hasOwn(SCOPES, value);
}

function isOrganizations(value: unknown): value is ChangePage['organizations'] {
  return value === 'all' || (Array.isArray(value) && value.every((oid) => typeof oid === 'string'));
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
