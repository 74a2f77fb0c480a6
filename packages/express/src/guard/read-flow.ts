import { type Denial, deny } from '@flairgate/core';
import { denySeen, isJson, mayHide, mayKnowUnowned, see, seeEach, withheldCopy } from '@flairgate/core/internal';
import type { Verdict } from '@flairgate/core/resources';
import { allowedHeaders, denyAnswer, etagOf, failureAnswer, findAnswerFault, parseJson } from './answer.js';
import { checkQuery } from './as-of-now.js';
import { type Call, isCallRestricted, report } from './call.js';
import { GONE, type GuardAnswer, isSuccess, toGuardAnswer } from './guard-answer.js';
import { type ListedItems, listItems, rebuildList } from './items.js';
import type { Captured } from './router/intercept.js';
import { runRouter } from './router/run-router.js';
import { type Guard, idOf, isThere } from './settings.js';

/**
 * Lets the router read one resource, unless the caller must not learn that the resource exists.
 *
 * The id in the path is checked before the router runs, and again after the router has responded. The response is not
 * examined before the second check. Therefore no status, redirection, size, type or duration of a response
 * distinguishes a hidden resource from a missing one.
 */
export async function readOne(call: Call, id: string): Promise<GuardAnswer> {
  const hidden = mayHide(call.caller, call.space) ? await checkBeforeRun(call, id) : undefined;
  if (hidden !== undefined) {
    setRoute(call);
    return toGuardAnswer(hidden);
  }
  const captured = await runRouter(call, 0);
  if (captured === undefined) return GONE;
  const checked = await checkId(call, id);
  if (checked.refused !== undefined) return toGuardAnswer(checked.refused);
  return answerRead(call, id, captured, checked);
}

/**
 * Sets the request's route, for the audit log and for the host's logs. Normally the router sets the route, but the
 * router does not run for this request.
 */
function setRoute({ req, route }: Call): void {
  req.route = { path: route.name.slice(route.method.length + 1) };
}

/**
 * Returns the refusal if the resource is hidden or missing. Runs before the router.
 *
 * Some callers may know of resources without an owner. For them, the ownership records alone do not show which ids are
 * missing, so `load` is called for both hidden and missing ids. Both then take the same time. The router runs for
 * neither.
 */
async function checkBeforeRun(call: Call, id: string): Promise<Denial | undefined> {
  const { refused, owned, asksLoad } = await checkId(call, id);
  if (!asksLoad || (owned && refused === undefined)) return refused;
  const there = await isThere(call.guard, call.req, id);
  return refused ?? (there ? undefined : deny('ERR_NOT_FOUND'));
}

/** Result of checking the id in the path. */
interface CheckedId {
  /** Refusal for a hidden resource. Undefined if the caller may see the resource. */
  readonly refused: Denial | undefined;
  readonly verdict: Verdict;
  readonly owned: boolean;
  /**
   * True if the caller may know of resources without an owner. `load` must then be called to find out if such a
   * resource exists.
   */
  readonly asksLoad: boolean;
  readonly restricted: boolean;
}

async function checkId(call: Call, id: string): Promise<CheckedId> {
  const { guard, space, caller, before } = call;
  const snapshot = await guard.reader.snapshot(space, [id]);
  const verdict = see(caller, before, snapshot, id);
  const owned = snapshot.owned.has(id);
  const restricted = isCallRestricted(call, snapshot.state);
  const asksLoad = mayKnowUnowned(caller, snapshot);
  if (!isHidden(verdict)) return { refused: undefined, verdict, owned, asksLoad, restricted };
  // A resource without an owner is refused as missing.
  const refused = owned ? denySeen(caller, snapshot, id, verdict) : deny('ERR_NOT_FOUND');
  return { refused, verdict, owned, asksLoad, restricted };
}

async function answerRead(
  call: Call,
  id: string,
  captured: Captured,
  { verdict, restricted }: CheckedId,
): Promise<GuardAnswer> {
  const reason = findAnswerFault(captured);
  if (reason !== undefined) return denyAnswer(call, reason);
  const stray = restricted ? strayQuery(call) : undefined;
  if (stray !== undefined) return toGuardAnswer(stray);
  if (!isSuccess(captured.status)) return failureAnswer(call, captured, restricted);
  if (!restricted) {
    report(call, 'pass', verdict.rule);
    return { kind: 'pass', captured };
  }
  const item = captured.body.byteLength === 0 ? null : parseJson(captured);
  if (item === null) return toGuardAnswer(deny('ERR_NOT_FOUND'));
  const found = isJson(item) ? idOf(call.guard, item) : undefined;
  if (!isJson(item) || found === undefined) return denyAnswer(call, 'the answer is no item with an id');
  if (found === id) return itemAnswer(call, captured, item, verdict);
  const { refused } = await checkId(call, found);
  return refused === undefined ? denyAnswer(call, 'the item has another id than the path') : toGuardAnswer(refused);
}

function itemAnswer(
  call: Call,
  { status, headers }: Captured,
  item: Readonly<Record<string, unknown>>,
  verdict: Verdict,
): GuardAnswer {
  report(call, verdict.allowed ? 'pass' : 'withhold', verdict.rule);
  const { content, validators } = call.guard;
  const shown = verdict.allowed ? item : withheldCopy(item, content, validators);
  const { etag: _, ...allowed } = allowedHeaders(call, headers);
  const { etag } = headers;
  return {
    kind: 'replace',
    status,
    headers: verdict.allowed && etag !== undefined ? { ...allowed, etag } : allowed,
    body: Buffer.from(JSON.stringify(shown)),
  };
}

/** Lets the router send a list, and removes the items and the content that the caller must not see. */
export async function listAll(call: Call): Promise<GuardAnswer> {
  const captured = await runRouter(call, 0);
  if (captured === undefined) return GONE;
  // Checked again, because a secret may have been set or released while the router was reading. A write that is still
  // running counts as secret.
  const restricted = isCallRestricted(call) || isCallRestricted(call, await call.guard.reader.state(call.space));
  const reason = findAnswerFault(captured);
  if (reason !== undefined) return denyAnswer(call, reason);
  const stray = restricted ? strayQuery(call) : undefined;
  if (stray !== undefined) return toGuardAnswer(stray);
  if (!isSuccess(captured.status)) return failureAnswer(call, captured, restricted);
  if (!restricted) {
    // The caller may see every item that the router can have read since the request arrived, so no item is looked up.
    report(call, 'pass', 'nothing of this type is kept from the caller');
    return { kind: 'pass', captured };
  }
  const list = listItems(call, parseJson(captured));
  if (list === undefined) return denyAnswer(call, 'the answer is no list of items with ids');
  return checkList(call, captured, list);
}

/**
 * Returns a refusal if the caller became restricted while the router ran, and the query contains a parameter that the
 * route does not declare. The router may have used that parameter to select by content.
 */
function strayQuery(call: Call): Denial | undefined {
  return isCallRestricted(call) ? undefined : checkQuery(call, call.route);
}

async function checkList(call: Call, { status, headers }: Captured, list: ListedItems): Promise<GuardAnswer> {
  const { guard, caller, before, route, space } = call;
  const snapshot = await guard.reader.snapshot(space, list.ids);
  const verdicts = seeEach(caller, before, snapshot, list.ids);
  const shown = shownItems(guard, list, verdicts);
  const hidden = list.ids.length - shown.ids.length;
  if (hidden > 0 && route.paged) return denyAnswer(call, 'a page with something hidden in it');
  const withheld = verdicts.some((verdict) => !verdict.allowed && !isHidden(verdict));
  report(call, hidden > 0 ? 'hide' : withheld ? 'withhold' : 'pass', `${list.ids.length} items, ${hidden} hidden`);
  const body = Buffer.from(JSON.stringify(rebuildList(route, shown)));
  return { kind: 'replace', status, headers: { ...allowedHeaders(call, headers), etag: etagOf(body) }, body };
}

/** Returns the items that the caller may know of. Content that the caller must not see is withheld. */
function shownItems({ content, validators }: Guard, list: ListedItems, verdicts: readonly Verdict[]): ListedItems {
  const ids: string[] = [];
  const values: ListedItems['values'][number][] = [];
  for (const [at, value] of list.values.entries()) {
    const verdict = verdicts[at];
    if (verdict === undefined || isHidden(verdict)) continue;
    ids.push(list.ids[at] ?? '');
    values.push(verdict.allowed ? value : withheldCopy(value, content, validators));
  }
  return { ids, values };
}

function isHidden(verdict: Verdict): boolean {
  return !verdict.allowed && verdict.rule === 'hidden';
}
