import { OptionError } from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import type { Request } from 'express';
import { flag, oneOf, optionalFunction } from '../options.js';
import type { ListShape, RouteKind, RouteOptions, RouteQuery } from './guard-options.js';

/** A declared route after parsing. */
export interface GuardedRoute {
  /** Name as declared, such as `GET /:id`. */
  readonly name: string;
  readonly method: string;
  readonly kind: RouteKind;
  /** Path segments. Undefined marks the segment that contains the id. */
  readonly segments: readonly (string | undefined)[];
  readonly query: ReadonlyMap<string, QueryValue>;
  readonly items: ListShape;
  readonly paged: boolean;
  readonly ids: 'client' | 'server';
  readonly body: 'replace' | 'patch';
  readonly target: ((req: Request) => unknown) | undefined;
}

/** Function that returns true if a query parameter may have this value. */
export type QueryValue = (value: string) => boolean;

/**
 * Route that matches a request. `id` is undefined if the path contains no id, or an id that is not in its canonical
 * spelling.
 */
export interface Matched {
  readonly route: GuardedRoute;
  readonly id: string | undefined;
}

const ROUTE_KINDS: readonly [RouteKind, ...RouteKind[]] = [
  'list',
  'read',
  'create',
  'upsert',
  'update',
  'delete',
  'rename',
  'copy',
];

/** Kinds of routes whose path contains the id of one resource. */
const OF_ONE = new Set<RouteKind>(['read', 'upsert', 'update', 'delete', 'rename', 'copy']);

const ROUTE = /^(GET|POST|PUT|PATCH|DELETE) (\/[^\s?#%]*)$/;
const ROUTE_OPTIONS: readonly (keyof RouteOptions)[] = ['kind', 'query', 'items', 'paged', 'ids', 'body', 'target'];

/**
 * Parses the option `routes` of a guard.
 *
 * @throws OptionError
 */
export function parseRoutes(
  given: Readonly<Record<string, RouteKind | RouteOptions>>,
  { param, hasLoad }: { readonly param: string; readonly hasLoad: boolean },
): readonly GuardedRoute[] {
  if (typeof given !== 'object' || given === null || Object.keys(given).length === 0) {
    throw new OptionError("guard.routes: must list every route, such as { 'GET /': 'list', 'GET /:id': 'read' }");
  }
  return Object.entries(given).map(([name, value]) => {
    const options = typeof value === 'string' ? { kind: value } : value;
    return parseRoute(name, options, param, hasLoad);
  });
}

function parseRoute(name: string, options: RouteOptions, param: string, hasLoad: boolean): GuardedRoute {
  const option = `guard.routes['${name}']`;
  const [, method, path] = ROUTE.exec(name) ?? [];
  if (method === undefined || path === undefined) {
    throw new OptionError(`${option}: must be a method and a path, such as \`GET /:${param}\``);
  }
  if (typeof options !== 'object' || options === null)
    throw new OptionError(`${option}: must be one of ${ROUTE_KINDS.join(', ')}`);
  assertKnownOptions(option, options, ROUTE_OPTIONS);
  const kind = oneOf(`${option}.kind`, options.kind, ROUTE_KINDS);
  const segments = parseSegments(option, path, param, OF_ONE.has(kind));
  if (method === 'GET' && kind !== 'list' && kind !== 'read') {
    throw new OptionError(`${option}: must be list or read for GET`);
  }
  return Object.freeze({
    name,
    method,
    kind,
    segments,
    query: parseQuery(`${option}.query`, options.query),
    items: parseShape(`${option}.items`, options.items),
    paged: flag(`${option}.paged`, options.paged),
    ids: oneOf(`${option}.ids`, options.ids ?? (hasLoad ? 'client' : 'server'), ['client', 'server']),
    body: oneOf(`${option}.body`, options.body ?? (method === 'PUT' ? 'replace' : 'patch'), ['replace', 'patch']),
    target: optionalFunction(`${option}.target`, options.target),
  });
}

function parseSegments(option: string, path: string, param: string, ofOne: boolean): GuardedRoute['segments'] {
  const segments = path.slice(1).split('/');
  const parsed = segments.map((segment) => (segment === `:${param}` ? undefined : segment));
  const other = parsed.find((segment) => segment?.startsWith(':'));
  if (other !== undefined) throw new OptionError(`${option}: unknown parameter \`${other}\`; must be \`:${param}\``);
  if (parsed.filter((segment) => segment === undefined).length !== (ofOne ? 1 : 0)) {
    throw new OptionError(
      `${option}: ${ofOne ? `must have \`:${param}\` in its path` : 'must have no id in its path'}`,
    );
  }
  return parsed;
}

function parseQuery(option: string, given: RouteQuery = []): ReadonlyMap<string, QueryValue> {
  if (typeof given !== 'object' || given === null) throw new OptionError(`${option}: must be a list of names`);
  if (isNames(given)) return new Map(given.map((name) => [name, () => true]));
  return new Map(Object.entries(given).map(([name, values]) => [name, parseValues(option, values)]));
}

function isNames(given: RouteQuery): given is readonly string[] {
  return Array.isArray(given);
}

function parseValues(option: string, given: readonly string[] | RegExp): QueryValue {
  if (given instanceof RegExp) {
    const whole = new RegExp(`^(?:${given.source})$`, given.flags.replaceAll(/[gy]/g, ''));
    return (value) => whole.test(value);
  }
  if (Array.isArray(given)) return (value) => given.includes(value);
  throw new OptionError(`${option}: must be a list of texts or a RegExp`);
}

function parseShape(option: string, given: ListShape = 'array'): ListShape {
  if (given === 'array' || given === 'map') return given;
  if (typeof given === 'object' && given !== null && typeof given.member === 'string') return given;
  throw new OptionError(`${option}: must be array, map or { member: name }`);
}

/**
 * Finds the route of a request. Returns undefined if method and path are not in the table.
 *
 * The path is compared as it was sent, without decoding. A segment with an unnecessary escape, such as `%61` for `a`,
 * matches no segment of a declared path and is no id.
 */
export function matchRoute(
  table: readonly GuardedRoute[],
  method: string,
  url: string,
  isId: (text: string) => boolean,
): Matched | undefined {
  const path = url.split('?', 1)[0] ?? '';
  if (!path.startsWith('/') || url.includes('#')) return undefined;
  const segments = path.slice(1).split('/');
  const fixed = table.find((route) => fits(route, method, segments, true));
  const route = fixed ?? table.find((candidate) => fits(candidate, method, segments, false));
  if (route === undefined) return undefined;
  const raw = segments[route.segments.indexOf(undefined)];
  if (raw === undefined || !OF_ONE.has(route.kind)) return { route, id: undefined };
  const text = decodedId(raw);
  return { route, id: text !== undefined && isId(text) ? text : undefined };
}

/** True if the route's path contains the id of one resource. */
export function isOfOne({ kind }: GuardedRoute): boolean {
  return OF_ONE.has(kind);
}

function fits(route: GuardedRoute, method: string, segments: readonly string[], literally: boolean): boolean {
  if (route.method !== method || route.segments.length !== segments.length) return false;
  return route.segments.every((segment, at) =>
    segment === undefined ? !literally && segments[at] !== '' : segment === segments[at],
  );
}

function decodedId(raw: string): string | undefined {
  try {
    const text = decodeURIComponent(raw);
    return encodeURIComponent(text) === raw ? text : undefined;
  } catch {
    return undefined;
  }
}
