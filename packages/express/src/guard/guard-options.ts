import type { IdFormat, IdScope } from '@flairgate/core/internal';
import type { Request } from 'express';
import type { OrganizationOf } from '../request/request.js';

/** Kinds of routes of a guarded router. */
export type RouteKind = 'list' | 'read' | 'create' | 'upsert' | 'update' | 'delete' | 'rename' | 'copy';

/**
 * Query parameters that a route allows: a list of names, or an object with the allowed values of each name.
 *
 * Do not list parameters that read content. A parameter that sorts, filters, searches or selects by content reveals the
 * content that is withheld.
 */
export type RouteQuery = readonly string[] | Readonly<Record<string, readonly string[] | RegExp>>;

/** Structure of a list in a response: `[item]`, `{id: item}`, or an object with the list in one of its members. */
export type ListShape = 'array' | 'map' | { readonly member: string };

/** Options of one route. */
export interface RouteOptions {
  /** Effect of the route, such as `list` or `update`. */
  readonly kind: RouteKind;
  /**
   * Query parameters that the route allows. By default none. If a restricted caller sends any other parameter, it gets
   * a 400 response.
   */
  readonly query?: RouteQuery;
  /**
   * Structure of the list in the response.
   *
   * @default 'array'
   */
  readonly items?: ListShape;
  /**
   * True for a list that returns pages. It requires `loadMany`.
   * @default false
   */
  readonly paged?: boolean;
  /**
   * Side that chooses the id of a created resource. With `client`, the caller may choose the id, and `load` is
   * required. The default is `client` if `load` is set, otherwise `server`.
   */
  readonly ids?: 'client' | 'server';
  /**
   * Meaning of the body of an update. With `replace`, the body is the whole resource. The default is `replace` for
   * `PUT`, otherwise `patch`.
   */
  readonly body?: 'replace' | 'patch';
  /** Returns the new id for a rename or a copy. By default the id in the body. */
  readonly target?: (req: Request) => unknown;
}

/** Names and format of ids. */
export interface GuardIdOptions {
  /**
   * Name of the path parameter in `routes`.
   * @default 'id'
   */
  readonly param?: string;
  /**
   * Member of an item that contains its id.
   *
   * @default 'id'
   */
  readonly field?: string;
  /**
   * Format of ids.
   * @default 'token'
   */
  readonly format?: IdFormat;
}

/** Options of `gate.guard`. */
export interface GuardOptions {
  /** Name of the resource type, such as `rule`. */
  readonly type: string;
  /**
   * Scope in which ids are unique. With `routed`, the router itself separates organizations by the organization in its
   * path. With `shared`, it does not, and a resource without an owner is treated as missing until it is adopted.
   * Required.
   */
  readonly tenancy: IdScope;
  /**
   * Returns the organization for a request. By default `req.params.oid` if the path has this parameter, otherwise the
   * caller's only organization.
   */
  readonly organization?: OrganizationOf;
  readonly id?: GuardIdOptions;
  /** Members of an item that are withheld if the item is `secret`, such as `data` or `metadata.notes`. */
  readonly content: readonly string[];
  /** Members of an item that are derived from its content, such as an ETag. By default none. */
  readonly validators?: readonly string[];
  /** All routes of the router, such as `GET /:id`, relative to the mount path. Requests to other routes are refused. */
  readonly routes: Readonly<Record<string, RouteKind | RouteOptions>>;
  /**
   * Returns the id of a resource if the resource exists, otherwise undefined. Must read the same data as the router.
   * Required for upsert, update, delete, rename and copy, for create if callers may choose ids, and for read if
   * `tenancy` is `shared`. Should look up the id alone, so that it takes as long for an id that exists as for one that
   * does not.
   */
  readonly load?: (req: Request, id: string) => unknown;
  /** Returns the items with these ids, except those that no longer exist. Required for paged lists. */
  readonly loadMany?: (req: Request, ids: readonly string[]) => unknown;
  /**
   * The router behind the guard. If it is given, its routes are checked when the guard is created: a route that
   * `routes` does not list is an error.
   */
  readonly router?: unknown;
  /** Further response headers that restricted callers may see, in addition to a fixed set. By default none. */
  readonly headers?: readonly string[];
  /** Body of every 404 response. By default the problem document for `ERR_NOT_FOUND`. */
  readonly notFound?: Readonly<Record<string, unknown>>;
  /**
   * Maximum size in bytes of a body that the guard reads itself, from 1 to 2^30.
   * @default 1 MiB
   */
  readonly maxBodyBytes?: number;
  /**
   * Maximum size of a response in bytes, from 1 to 2^30.
   *
   * @default 8 MiB
   */
  readonly maxAnswerBytes?: number;
  /**
   * Maximum time in milliseconds for which a write waits for a different write to the same resource, from 0 to 600,000.
   *
   * @default 2000
   */
  readonly writeWaitMs?: number;
  /**
   * Time in milliseconds after which a writing process is assumed to have crashed unless it renews its lease, from 1 to
   * 600,000.
   *
   * @default 15000
   */
  readonly leaseMs?: number;
  /**
   * Maximum number of items per page, from 1 to 1000, for lists whose ids the guard reads from its ownership records.
   * Callers request pages with `limit` and `cursor`.
   *
   * @default 50
   */
  readonly pageSize?: number;
  /**
   * True to only decide, and to report each decision on the diagnostics channel `flairgate:guard`, without changing any
   * response.
   *
   * @default false
   */
  readonly dryRun?: boolean;
}
