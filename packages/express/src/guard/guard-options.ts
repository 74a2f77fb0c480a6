import type { IdFormat, IdScope } from '@flairgate/core/internal';
import type { Request } from 'express';
import type { OrganizationOf } from '../require-permissions.js';

/** What a route of a guarded router does with resources. */
export type RouteKind = 'list' | 'read' | 'create' | 'upsert' | 'update' | 'delete' | 'rename' | 'copy';

/**
 * Query parameters a route takes: their names, or, by name, the only values.
 *
 * Name none that reads content: one that sorts, filters, searches or selects by it tells of what is withheld.
 */
export type RouteQuery = readonly string[] | Readonly<Record<string, readonly string[] | RegExp>>;

/** How a list is written: `[item]`, `{id: item}`, or an object with the list in one of its members. */
export type ListShape = 'array' | 'map' | { readonly member: string };

/** One route, with what the guard cannot guess. */
export interface RouteOptions {
  readonly kind: RouteKind;
  /** Default none. A restricted caller who sends another gets 400. */
  readonly query?: RouteQuery;
  /** Of a list. Default `array`. */
  readonly items?: ListShape;
  /** Of a list: it answers a page and not everything; `loadMany` is required. Default false. */
  readonly paged?: boolean;
  /** Of a create: whether the caller may choose the id; `load` is required then. Default: yes where there is `load`. */
  readonly ids?: 'client' | 'server';
  /** Of an update: whether the body is the whole resource. Default: `replace` for `PUT`, else `patch`. */
  readonly body?: 'replace' | 'patch';
  /** Of a rename or copy: the id it goes to. Default: the id in the body. */
  readonly target?: (req: Request) => unknown;
}

/** Where ids stand, and how they are written. */
export interface GuardIdOptions {
  /** Name of the path parameter in `routes`. Default `id`. */
  readonly param?: string;
  /** Member of an item that holds its id. Default `id`. */
  readonly field?: string;
  /** Default `token`. */
  readonly format?: IdFormat;
}

/** Options of `gate.guard`. */
export interface GuardOptions {
  /** What the resources are called, such as `rule`. */
  readonly type: string;
  /**
   * `routed`: the router keeps organizations apart by itself, by the organization in its path.
   * `shared`: it does not; what nobody owns counts as missing until it is adopted. No default.
   */
  readonly tenancy: IdScope;
  /** Names the organization. Default: `req.params.oid` where the path has one, else the caller's only one. */
  readonly organization?: OrganizationOf;
  readonly id?: GuardIdOptions;
  /** Members of an item that `secret` withholds, such as `data` or `metadata.notes`. */
  readonly content: readonly string[];
  /** Members derived from content, such as an etag. Default none. */
  readonly validators?: readonly string[];
  /** Every route there is, as `GET /:id`, relative to the mount. Everything else is refused. */
  readonly routes: Readonly<Record<string, RouteKind | RouteOptions>>;
  /**
   * Gives the id of a resource if it is there, undefined if not, from the same place the router has it. Required for
   * upsert, update, delete, rename, copy, and for create where callers choose ids.
   */
  readonly load?: (req: Request, id: string) => unknown;
  /** Gives the items with these ids, without those that are gone. Required for paged lists. */
  readonly loadMany?: (req: Request, ids: readonly string[]) => unknown;
  /** The router behind, to be checked now: a route of it that `routes` does not name is an error. */
  readonly router?: unknown;
  /** Headers of answers that restricted callers may see beside the usual ones. Default none. */
  readonly headers?: readonly string[];
  /** Body of the one 404. Default: the problem document of `ERR_NOT_FOUND`. */
  readonly notFound?: Readonly<Record<string, unknown>>;
  /** Most bytes of a body the guard reads itself. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Most bytes of an answer. Default 8 MiB. */
  readonly maxAnswerBytes?: number;
  /** How long a write waits for another of the same resource. Default 2000. */
  readonly writeWaitMs?: number;
  /** After this time without a sign of life the process of a write counts as dead. Default 15000. */
  readonly leaseMs?: number;
  /** Most items of a page that comes from ownership; callers ask with `limit` and `cursor`. Default 50. */
  readonly pageSize?: number;
  /** Decides and reports on the diagnostics channel `flairgate:guard`, and changes nothing. Default false. */
  readonly dryRun?: boolean;
}
