import type { IdFormat, IdScope } from '@flairgate/core/internal';
import type { Request } from 'express';
import type { OrganizationOf } from '../request/request.js';

/** Kinds of routes of a guarded router. */
export type RouteKind = 'list' | 'read' | 'create' | 'upsert' | 'update' | 'delete' | 'rename' | 'copy';

/**
 * Query parameters that a route allows: a list of names, or an object with the allowed values of each name.
 *
 * Do not list a parameter that sorts, filters, searches or selects by content. The response to such a parameter reveals
 * content that the guard withholds.
 */
export type RouteQuery = readonly string[] | Readonly<Record<string, readonly string[] | RegExp>>;

/** Structure of a list in a response: `[item]`, `{id: item}`, or an object with the list in one of its members. */
export type ListShape = 'array' | 'map' | { readonly member: string };

/** Options of one route. */
export interface RouteOptions {
  /** Effect of the route, such as `list` or `update`. */
  readonly kind: RouteKind;
  /**
   * Query parameters that the route allows. By default none. A restricted caller (one from whom the guard may have to
   * hide something) gets a 400 response for any other parameter.
   */
  readonly query?: RouteQuery;
  /**
   * Structure of the list in the response.
   *
   * @default 'array'
   */
  readonly items?: ListShape;
  /**
   * True if the route returns a list in pages. Such a route requires the guard's option `loadMany`.
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
  /** Function that returns the new id for a rename or a copy. By default the new id is read from the body. */
  readonly target?: (req: Request) => unknown;
}

/** Names and format of ids. */
export interface GuardIdOptions {
  /**
   * Name of the path parameter in `routes` that contains the id.
   * @default 'id'
   */
  readonly param?: string;
  /**
   * Member of an item that contains the item's id.
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
   * Scope in which ids are unique. Required.
   *
   * `routed`: ids are unique within an organization, and the router itself separates organizations by the organization
   * in the path. `shared`: ids are unique across all organizations, and the router does not separate these. A resource
   * without an owner is then treated as missing until the operator assigns it to an organization (`flairgate adopt`).
   */
  readonly tenancy: IdScope;
  /**
   * Function that returns the organization for a request. By default `req.params.oid` if `tenancy` is `routed` and the
   * path has this parameter, otherwise the caller's only organization.
   */
  readonly organization?: OrganizationOf;
  readonly id?: GuardIdOptions;
  /**
   * Members of an item that are withheld from other callers if the item is secret, such as `data` or `metadata.notes`.
   */
  readonly content: readonly string[];
  /**
   * Members of an item that are derived from its content, such as an ETag. They are omitted when the content is
   * withheld. By default none.
   */
  readonly validators?: readonly string[];
  /** All routes of the router, such as `GET /:id`, relative to the mount path. Requests to other routes are refused. */
  readonly routes: Readonly<Record<string, RouteKind | RouteOptions>>;
  /**
   * Function that returns the id of a resource if the resource exists, otherwise undefined. It must read the same data
   * as the router. It should look up the id alone, so that the lookup takes the same time whether or not the id exists.
   *
   * The function is required for routes of the kinds upsert, update, delete, rename and copy. It is also required for
   * create if callers may choose ids, and for read if `tenancy` is `shared`.
   */
  readonly load?: (req: Request, id: string) => unknown;
  /**
   * Function that returns the items with the given ids, except items that no longer exist. Required for paged lists.
   */
  readonly loadMany?: (req: Request, ids: readonly string[]) => unknown;
  /**
   * The router behind the guard. If this option is given, the router's routes are checked when the guard is created. A
   * route that `routes` does not list is then an error.
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
   * Maximum size in bytes of the router's response, from 1 to 2^30. For a larger response, the caller gets a 500
   * response.
   *
   * @default 8 MiB
   */
  readonly maxAnswerBytes?: number;
  /**
   * Maximum time in milliseconds, from 0 to 600,000, for which a write waits until another write to the same resource
   * has finished.
   *
   * @default 2000
   */
  readonly writeWaitMs?: number;
  /**
   * Duration in milliseconds, from 1 to 600,000, of a write's lease (its exclusive right to write the resource). A
   * process that does not renew its lease in this time is assumed to have crashed.
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
