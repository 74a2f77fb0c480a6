import type { Outcome } from '@flairgate/core';
import { editDistance, nearest } from '@flairgate/core/internal';
import type { RawCall, Route } from './define-route.js';
import { denyFields, plainName } from './fields.js';

/** Field that a client sends to routes which do not know the field. */
interface ToleratedField {
  readonly field: string;
  /** Matches the paths of the routes that ignore the field. */
  readonly path: RegExp;
  readonly client: string;
}

/**
 * Fields that LimaCharlie's clients send to routes which do not know them. Ignoring these fields is safe, because none
 * of them limits a credential.
 */
const TOLERATED: readonly ToleratedField[] = [
  {
    field: 'template',
    path: /^\/v1\/orgs\/new$/,
    client: "LimaCharlie's Go and Python clients (NewOrganization, create_org): rules of a new organization",
  },
];

/**
 * Makes routes that exchange a secret or change something refuse unknown fields. Otherwise a misspelled field, for
 * example a limit of a new key, would be silently ignored. Routes under `/oauth/` ignore unknown parameters, but refuse
 * likely misspellings of known ones.
 *
 * @see RFC 6749 §3.2
 */
export function withKnownFields(routes: readonly Route[]): readonly Route[] {
  return routes.map((route) => {
    const explain = explanationOf(route);
    return explain === undefined ? route : Object.freeze({ ...route, run: checked(route, explain) });
  });
}

/** True if the route reads parameters as OAuth requires: names are not changed, and unknown parameters are ignored. */
export function takesParameters({ path }: Pick<Route, 'path'>): boolean {
  return path.startsWith('/oauth/');
}

/** Function that explains why a route refuses an unknown field. Returns undefined if the route ignores the field. */
type Explain = (field: string, known: readonly string[]) => string | undefined;

function explanationOf(route: Route): Explain | undefined {
  if (takesParameters(route)) return explainNearMiss;
  const { method, needs, path } = route;
  const isExchange = needs.kind === 'secret';
  const isCommand = method !== 'GET' && needs.kind !== 'nothing' && needs.kind !== 'service';
  if (!isExchange && !isCommand) return undefined;
  const tolerated = TOLERATED.filter((row) => row.path.test(path)).map(({ field }) => field);
  return (field, known) => (tolerated.includes(field) ? undefined : explainUnknown(field, known));
}

/**
 * Number of leading letters that an unknown name must share with a similar known name, as `permission` and `perms`
 * share `perm`.
 */
const SHARED_LETTERS = 4;

const explainUnknown: Explain = (field, known) => {
  const begun = known.filter((name) => name.startsWith(field.toLowerCase().slice(0, SHARED_LETTERS)));
  const meant = nearest(field, begun) ?? nearest(field, known);
  return meant === undefined
    ? 'is not known here: this request takes no fields'
    : `is not known here; did you mean ${meant}?`;
};

/**
 * Number of letters from which a known name counts as long. A misspelling may differ from a long name by two edits, and
 * from a shorter name by only one edit, because many other words are close to a short name.
 */
const SHORT_NAME = 6;

const explainNearMiss: Explain = (field, known) => {
  const bare = field.toLowerCase().replace(/\[\]$/, '');
  const meant = nearest(bare, known);
  if (meant === undefined) return undefined;
  const isNear = editDistance(bare.slice(0, MAX_COMPARED), meant) <= (meant.length < SHORT_NAME ? 1 : 2);
  return isNear ? `is not known here; did you mean ${meant}?` : undefined;
};

/**
 * Maximum number of characters of an unknown name that are compared with known names. All known names are much shorter.
 */
const MAX_COMPARED = 64;

function checked(route: Route, explain: Explain): Route['run'] {
  const known = Object.keys(route.fields.shape);
  return async (call: RawCall): Promise<Outcome<unknown>> => {
    const unknown = [...call.fields.keys()].filter((field) => !known.includes(field));
    const issues = unknown.flatMap((field) => {
      const message = explain(field, known);
      return message === undefined ? [] : [{ field: plainName(field), message }];
    });
    return issues.length === 0 ? route.run(call) : denyFields(issues);
  };
}
