import type { IdFormat, IdScope } from '@flairgate/core/internal';
import type { Request } from 'express';
import type { OrganizationOf } from '../request/request.js';

/** Kinds of routes of a guarded router. */
export type RouteKind = 'list' | 'read' | 'create' | 'upsert' | 'update' | 'delete' | 'rename' | 'copy';

/**
 * Query parameters that a route allows: their names, or, by name, their only values.
 *
 * Do not list parameters that read content. A parameter that sorts, filters, searches or selects by content reveals
 * what is withheld.
 */
export type RouteQuery = readonly string[] | Readonly<Record<string, readonly string[] | RegExp>>;

/** Shape of a list: `[item]`, `{id: item}`, or an object with the list in one of its members. */
export type ListShape = 'array' | 'map' | { readonly member: string };

/** Options of one route. */
export interface RouteOptions {
  readonly kind: RouteKind;
  /** Query parameters that the route allows. By default none. A restricted caller that sends another one gets 400. */
  readonly query?: RouteQuery;
  /**
   * Shape of a list.
   * @default 'array'
   */
  readonly items?: ListShape;
  /**
   * True for a list that returns pages. It requires `loadMany`.
   * @default false
   */
  readonly paged?: boolean;
  /**
   * Chooser of ids, for a create. `client` means that the caller can choose the id, and requires `load`. By default
   * `client` if there is a `load`, otherwise `server`.
   */
  readonly ids?: 'client' | 'server';
  /**
   * Kind of body, for an update. `replace` means that the body is the whole resource. By default `replace` for `PUT`,
   * otherwise `patch`.
   */
  readonly body?: 'replace' | 'patch';
  /** Returns the new id, for a rename or copy. By default the id in the body. */
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
   * Member of an item that holds its id.
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
  /** Name of the type of resource, such as `rule`. */
  readonly type: string;
  /**
   * Scope of ids. `routed`: the router separates organizations itself, by the organization in its path. `shared`: it
   * does not, and a resource without an owner counts as missing until it is adopted. No default.
   */
  readonly tenancy: IdScope;
  /**
   * Returns the organization. By default `req.params.oid` if the path has one, otherwise the only organization of the
   * caller.
   */
  readonly organization?: OrganizationOf;
  readonly id?: GuardIdOptions;
  /** Members of an item that `secret` withholds, such as `data` or `metadata.notes`. */
  readonly content: readonly string[];
  /** Members that are derived from content, such as an etag. By default none. */
  readonly validators?: readonly string[];
  /** All routes, such as `GET /:id`, relative to the mount path. Requests to other routes are refused. */
  readonly routes: Readonly<Record<string, RouteKind | RouteOptions>>;
  /**
   * Returns the id of a resource if it exists, otherwise undefined, from the same source as the router. Required for
   * upsert, update, delete, rename, copy, and for create if callers choose ids.
   */
  readonly load?: (req: Request, id: string) => unknown;
  /** Returns the items with these ids, without those that no longer exist. Required for paged lists. */
  readonly loadMany?: (req: Request, ids: readonly string[]) => unknown;
  /**
   * Router behind the guard. If it is given, it is checked at start: a route of it that `routes` does not list is an
   * error.
   */
  readonly router?: unknown;
  /** Headers of answers that restricted callers can see in addition to the usual ones. By default none. */
  readonly headers?: readonly string[];
  /** Body of every 404. By default the problem document of `ERR_NOT_FOUND`. */
  readonly notFound?: Readonly<Record<string, unknown>>;
  /**
   * Maximum size in bytes of a body that the guard reads itself, from 1 to 2^30.
   * @default 1 MiB
   */
  readonly maxBodyBytes?: number;
  /**
   * Maximum size in bytes of an answer, from 1 to 2^30.
   * @default 8 MiB
   */
  readonly maxAnswerBytes?: number;
  /**
   * Time in milliseconds that a write waits for another write of the same resource, from 0 to 600,000.
   * @default 2000
   */
  readonly writeWaitMs?: number;
  /**
   * Time in milliseconds after which the process of a write counts as crashed if it does not renew its lease, from 1 to
   * 600,000.
   * @default 15000
   */
  readonly leaseMs?: number;
  /**
   * Maximum number of items of a page that comes from ownership, from 1 to 1000. Callers page with `limit` and
   * `cursor`.
   * @default 50
   */
  readonly pageSize?: number;
  /**
   * True to decide and report on the diagnostics channel `flairgate:guard` without changing anything.
   * @default false
   */
  readonly dryRun?: boolean;
}
