import { OptionError } from '@flairgate/core';
import {
  assertKnownOptions,
  type ContentPath,
  type GuardWriter,
  type IdFormat,
  type IdNamespace,
  type IdScope,
  type IsId,
  idText,
  type OwnershipReader,
  parseContentPaths,
  parseIdFormat,
  parseInteger,
  parseTypeName,
} from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import type { Request } from 'express';
import type { GateContext } from '../gate-context.js';
import { flag, optionalFunction, optionObject } from '../options.js';
import type { OrganizationOf } from '../request/request.js';
import type { GuardIdOptions, GuardOptions, RouteKind } from './guard-options.js';
import { type GuardedRoute, parseRoutes } from './route-table.js';
import { assertRouterListed } from './router/check-router.js';

/** `GuardOptions` after parsing. */
export interface GuardSettings {
  readonly type: string;
  /** The option `tenancy`. */
  readonly idScope: IdScope;
  readonly organization: OrganizationOf | undefined;
  readonly field: string;
  readonly format: IdFormat | undefined;
  readonly isId: IsId;
  readonly content: readonly ContentPath[];
  readonly validators: readonly ContentPath[];
  readonly routes: readonly GuardedRoute[];
  readonly load: GuardOptions['load'];
  readonly loadMany: GuardOptions['loadMany'];
  readonly headers: ReadonlySet<string>;
  readonly notFound: Readonly<Record<string, unknown>> | undefined;
  readonly maxBodyBytes: number;
  readonly maxAnswerBytes: number;
  readonly writeWaitMs: number;
  readonly leaseMs: number;
  readonly pageSize: number;
  readonly dryRun: boolean;
}

/** Settings and dependencies of one guard. */
export interface Guard extends GuardSettings {
  readonly context: GateContext;
  readonly store: Store;
  readonly reader: OwnershipReader;
  readonly writer: GuardWriter;
  readonly spaceFor: (oid: string) => IdNamespace;
}

const GUARD_OPTIONS: Readonly<Record<keyof GuardOptions, true>> = {
  type: true,
  tenancy: true,
  organization: true,
  id: true,
  content: true,
  validators: true,
  routes: true,
  load: true,
  loadMany: true,
  router: true,
  headers: true,
  notFound: true,
  maxBodyBytes: true,
  maxAnswerBytes: true,
  writeWaitMs: true,
  leaseMs: true,
  pageSize: true,
  dryRun: true,
};

/** Kinds of routes for which the guard must find out whether a resource exists. */
const NEED_LOAD = new Set<RouteKind>(['upsert', 'update', 'delete', 'rename', 'copy']);

/**
 * Parses the options of a guard.
 *
 * @throws OptionError
 */
export function parseGuardOptions(given: GuardOptions): GuardSettings {
  if (typeof given !== 'object' || given === null) throw new OptionError('guard: must be an object of options');
  assertKnownOptions('guard', given, Object.keys(GUARD_OPTIONS));
  const id = parseId(given.id);
  const isId = parseIdFormat('guard.id.format', id.format);
  const load = optionalFunction('guard.load', given.load);
  const loadMany = optionalFunction('guard.loadMany', given.loadMany);
  const routes = parseRoutes(given.routes, { param: id.param, hasLoad: load !== undefined });
  const idScope = parseIdScope(given.tenancy);
  assertLoaders(routes, idScope, { load: load !== undefined, loadMany: loadMany !== undefined });
  assertRouterListed(given.router, routes);
  return Object.freeze({
    type: parseTypeName('guard.type', given.type),
    idScope,
    organization: optionalFunction('guard.organization', given.organization),
    field: id.field,
    format: id.format,
    isId,
    content: parseContentPaths('guard.content', given.content),
    validators: parseContentPaths('guard.validators', given.validators ?? []),
    routes,
    load,
    loadMany,
    headers: parseHeaders(given.headers),
    notFound: given.notFound,
    ...parseNumbers(given),
    dryRun: flag('guard.dryRun', given.dryRun),
  });
}

function parseNumbers(given: GuardOptions) {
  const bytes = { least: 1, most: 2 ** 30 };
  const ms = { least: 1, most: 600_000 };
  return {
    maxBodyBytes: parseInteger('guard.maxBodyBytes', given.maxBodyBytes, { ...bytes, fallback: 2 ** 20 }),
    maxAnswerBytes: parseInteger('guard.maxAnswerBytes', given.maxAnswerBytes, { ...bytes, fallback: 2 ** 23 }),
    writeWaitMs: parseInteger('guard.writeWaitMs', given.writeWaitMs, { ...ms, least: 0, fallback: 2000 }),
    leaseMs: parseInteger('guard.leaseMs', given.leaseMs, { ...ms, fallback: 15_000 }),
    pageSize: parseInteger('guard.pageSize', given.pageSize, { least: 1, most: 1000, fallback: 50 }),
  };
}

function parseIdScope(given: unknown): IdScope {
  if (given === 'routed' || given === 'shared') return given;
  throw new OptionError(
    "guard.tenancy: must be 'routed' if the router separates organizations by its path, else 'shared'",
  );
}

function parseId(given: GuardIdOptions | undefined) {
  const { param = 'id', field = 'id', format, ...rest } = optionObject('guard.id', given);
  assertKnownOptions('guard.id', rest, ['param', 'field', 'format']);
  for (const name of [param, field]) {
    if (typeof name !== 'string' || !/^\w{1,64}$/.test(name))
      throw new OptionError('guard.id: must have names of 1 to 64 letters, digits and underscores');
  }
  return { param, field, format };
}

function assertLoaders(
  routes: readonly GuardedRoute[],
  idScope: IdScope,
  given: { readonly load: boolean; readonly loadMany: boolean },
): void {
  const needsLoad = ({ kind, ids }: GuardedRoute): boolean =>
    NEED_LOAD.has(kind) || (kind === 'create' && ids === 'client') || (kind === 'read' && idScope === 'shared');
  const blind = routes.find(needsLoad);
  if (blind !== undefined && !given.load) {
    throw new OptionError(
      `guard.load: \`${blind.name}\` needs to know whether a resource exists; it must be load(req, id)`,
    );
  }
  const paged = routes.find((route) => route.paged);
  if (paged !== undefined && !given.loadMany) {
    throw new OptionError(`guard.loadMany: \`${paged.name}\` returns pages; it must be loadMany(req, ids)`);
  }
}

function parseHeaders(given: readonly string[] = []): ReadonlySet<string> {
  if (!Array.isArray(given) || given.some((name) => typeof name !== 'string')) {
    throw new OptionError('guard.headers: must be a list of header names');
  }
  return new Set(given.map((name) => name.toLowerCase()));
}

/** Returns an item's id in its canonical spelling. Returns undefined if the item has no valid id. */
export function idOf(
  { field, format, isId }: GuardSettings,
  item: Readonly<Record<string, unknown>>,
): string | undefined {
  const text = Object.hasOwn(item, field) ? idText(item[field], format) : undefined;
  return text !== undefined && isId(text) ? text : undefined;
}

/** True if the service has a resource with exactly this id. */
export async function isThere({ load, format }: GuardSettings, req: Request, id: string): Promise<boolean> {
  const found: unknown = await load?.(req, id);
  return found !== undefined && found !== null && idText(found, format) === id;
}
