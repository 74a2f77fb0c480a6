import { allow, type Outcome } from '../../denial/denial.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { spaceOf } from '../../visibility/guard/id-namespace.js';
import { readState, strictIntents } from '../../visibility/guard/ownership-reader.js';
import type { Ownership } from '../../visibility/ownership.js';
import type { Actor } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { closePage, openPage, type Paged, type PageInput } from '../command/cursor.js';
import { readIdentityNames } from '../command/identity-names.js';
import { auditExplanation } from './audit-explanation.js';
import { holdersOf, readSubjectAsked } from './explain-access.js';
import type { ExplainedCaller, ExplainedReference } from './explained-caller.js';
import {
  type ExplainedDecision,
  explainActions,
  guardedResource,
  isKnown,
  plainResource,
  type StoredResource,
} from './explained-resource.js';

/** A resource whose ownership is stored in the service's own table, not by a guard. */
export interface OwnedResource {
  readonly id: string;
  readonly ownership: Ownership;
}

/** Selects one page of resources in the service's own table. */
export interface OwnershipPage {
  /** Selects only resources whose id is greater than this string. */
  readonly after: string;
  /** Maximum number of resources. */
  readonly limit: number;
  /** Selects only resources that this identity created. Undefined selects the resources of all creators. */
  readonly createdBy: string | undefined;
}

/**
 * Lists an organization's resources of one type in the service's own table, in the order of their ids. Resolves to an
 * empty list for an unknown type.
 */
export type ListOwnership = (oid: string, type: string, page: OwnershipPage) => Promise<readonly OwnedResource[]>;

export interface ExplainResourcesInput extends PageInput {
  readonly oid: string;
  readonly subject: ExplainedReference;
  /** Type of the resources, for example the value of a guard's option `type`. */
  readonly type: string;
  /** Lists the resources in the service's own table. @default none, so only resources behind a guard are explained */
  readonly list?: ListOwnership | undefined;
}

/** One resource of a list, and the decisions on what the key may do with this resource. */
export interface ExplainedResource extends OwnedResource {
  readonly decisions: readonly ExplainedDecision[];
}

/** A page of explanations for one key. */
export interface ResourcesExplanation extends Paged<ExplainedResource> {
  readonly caller: ExplainedCaller;
  /**
   * Display names of the identities that created or locked the resources, by identity id. Names that the organization
   * may not know are omitted.
   */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Places where the ownership of resources can be stored, in the order in which the resources are listed: by a guard
 * (with the tenancy `routed` or `shared`), or in the service's own table.
 */
const SOURCES = ['routed', 'shared', 'own'] as const;

interface SourcePosition {
  readonly source: number;
  readonly id: string;
}

interface Placed extends SourcePosition {
  readonly resource: StoredResource;
}

/**
 * Explains what a key may do with each resource of one type, and why. Lists first the resources behind a guard, then
 * the resources in the service's own table. Reads the store, never a cache. Each request for a page is recorded in the
 * audit.
 *
 * Requires `audit.get`. A segmented actor (`segment` flair) may ask only about itself and keys it created, and sees
 * only resources it created, so a page may contain fewer resources than its limit.
 *
 * @example
 * const outcome = await explainResources(context, actor, { oid, subject: { keyId }, type: 'rule', limit: 100 });
 * if (outcome.allowed) for (const { id, decisions } of outcome.value.entries) console.log(id, decisions);
 */
export async function explainResources(
  context: AdministrationContext,
  actor: Actor,
  { oid, subject, type, list, ...page }: ExplainResourcesInput,
): Promise<Outcome<ResourcesExplanation>> {
  const { store } = context;
  const reader = actor.kind === 'operator' ? '' : actor.principal.identity;
  const scope = { list: `explained:${JSON.stringify([oid, subject, type])}`, reader };
  const opened = openPage(store, scope, page);
  if (!opened.allowed) return opened;
  const { limit, after } = opened.value;
  const from: SourcePosition = after === undefined ? { source: 0, id: '' } : JSON.parse(after);
  const asked = await store.read(async (tx) => {
    const read = await readSubjectAsked(tx, context, actor, { oid, subject });
    if (!read.allowed) return read;
    // Hidden resources are left out of the query, so that the number of pages does not reveal them.
    const createdBy = read.value.segmented ? (read.value.actorState.identity ?? '') : undefined;
    const sought = { oid, type, from, createdBy, limit: limit + 1 };
    return allow({ ...read.value, sought, guarded: await findGuarded(tx, sought) });
  });
  if (!asked.allowed) return asked;
  const { actorState, caller, segmented, sought, guarded } = asked.value;
  const own = await listOwn(list, { ...sought, limit: sought.limit - guarded.length });
  const { entries: placed, ...rest } = closePage(store, scope, { rows: [...guarded, ...own], limit }, placeText);
  const shown = placed.filter(({ resource }) => !segmented || isKnown(resource, actorState, oid));
  const names = await store.read((tx) =>
    readIdentityNames(tx, oid, holdersOf(shown.map(({ resource }) => resource.ownership))),
  );
  await auditExplanation(context, actorState, { oid, caller, details: { type } });
  const entries = shown.map(({ resource }) => {
    const { id, ownership } = resource;
    return { id, ownership, decisions: explainActions(caller, resource) };
  });
  return allow({ ...rest, entries, caller, names });
}

function placeText({ source, id }: Placed): string {
  return JSON.stringify({ source, id });
}

interface Sought {
  readonly oid: string;
  readonly type: string;
  readonly from: SourcePosition;
  readonly createdBy: string | undefined;
  readonly limit: number;
}

/** Finds resources whose ownership is stored by a guard. */
async function findGuarded(
  tx: ReadTransaction,
  { oid, type, from, createdBy, limit }: Sought,
): Promise<readonly Placed[]> {
  const found: Placed[] = [];
  const where = { type, organization: oid, ...(createdBy === undefined ? {} : { createdBy }) };
  for (const [source, tenancy] of SOURCES.entries()) {
    if (tenancy === 'own' || source < from.source || found.length >= limit) continue;
    const space = spaceOf(type, tenancy, oid);
    const after = { oid: space.oid, type, id: source === from.source ? from.id : '' };
    const rows = await tx.find('ownership', { oid: space.oid, ...where }, { after, limit: limit - found.length });
    if (rows.length === 0) continue;
    const state = await readState(tx, space);
    const intents = state.intents === 0 ? [] : await strictIntents(tx, space);
    const owned = new Map(rows.map((row) => [row.id, row]));
    const snapshot = { space, state, owned, intents };
    found.push(...rows.map((row) => ({ source, id: row.id, resource: guardedResource(row, snapshot) })));
  }
  return found;
}

/** Lists resources in the service's own table. */
async function listOwn(
  list: ListOwnership | undefined,
  { oid, type, from, createdBy, limit }: Sought,
): Promise<readonly Placed[]> {
  if (list === undefined || limit <= 0) return [];
  const source = SOURCES.indexOf('own');
  const listed = await list(oid, type, { after: from.source === source ? from.id : '', limit, createdBy });
  return listed
    .slice(0, limit)
    .map(({ id, ownership }) => ({ source, id, resource: plainResource(type, id, ownership) }));
}
