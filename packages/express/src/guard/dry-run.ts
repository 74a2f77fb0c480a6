import { decideGuarded, isJson, isSegmentedCaller, type OwnershipSnapshot } from '@flairgate/core/internal';
import type { ResourceAction } from '@flairgate/core/resources';
import type { NextFunction, Request, Response } from 'express';
import { maybeCaller } from '../request/kept-caller.js';
import { findAnswerFault, parseJson } from './answer.js';
import { type Call, isCallRestricted, queryOf, report, undeclaredQuery } from './call.js';
import { listItems } from './items.js';
import { callerFor, matchRequest, reportUnguarded } from './match-request.js';
import { isOfOne, type Matched } from './route-table.js';
import { tap } from './router/tap.js';
import { type Guard, idOf } from './settings.js';

/**
 * Decides about a request in the same way as the guard, reports the decision, and changes nothing. The router receives
 * the unchanged request, the caller receives the router's response, and no ownership is written.
 */
export async function observe(guard: Guard, req: Request, res: Response, next: NextFunction): Promise<void> {
  const call = await observedCall(guard, req, res, next).catch(() => undefined);
  const answered = call === undefined ? undefined : tap(res, guard.maxAnswerBytes);
  next();
  if (call === undefined || answered === undefined) return;
  const captured = await answered;
  if (captured === undefined) return;
  const { status } = captured;
  const reason = findAnswerFault(captured);
  if (reason !== undefined) report(call.call, 'refuse', reason);
  else if (status >= 200 && status < 300) await observeAnswer(call.call, call.matched, captured).catch(() => undefined);
  else report(call.call, 'pass', `status ${status}`);
}

async function observedCall(
  guard: Guard,
  req: Request,
  res: Response,
  next: NextFunction,
): Promise<{ readonly call: Call; readonly matched: Matched } | undefined> {
  const principal = maybeCaller(req, guard.context.slot);
  if (principal === undefined) return undefined;
  const matched = matchRequest(guard, req);
  if (matched === undefined) {
    reportUnguarded(guard, req, principal);
    return undefined;
  }
  const caller = callerFor(guard, req, principal);
  if (caller === undefined || !('identity' in caller)) return undefined;
  const space = guard.spaceFor(caller.oid);
  const { route, id } = matched;
  const before = await guard.reader.state(space);
  const call = { guard, req, res, next, run: { interception: undefined }, caller, space, route, before };
  if (isOfOne(route) && id === undefined) {
    report(call, 'refuse', 'the id is not in its one spelling');
    return undefined;
  }
  const stray = isCallRestricted(call) ? undeclaredQuery(route, queryOf(req)) : undefined;
  if (stray !== undefined) report(call, 'refuse', `the query parameter ${stray} is not declared`);
  return { call, matched };
}

async function observeAnswer(call: Call, { id, route }: Matched, body: { readonly body: Buffer }): Promise<void> {
  const { guard, space } = call;
  const json = body.body.byteLength === 0 ? {} : parseJson(body);
  if (route.kind === 'list') {
    const list = listItems(call, json);
    if (list === undefined) report(call, 'refuse', 'the answer is no list of items with ids');
    else reportVerdicts(call, await guard.reader.snapshot(space, list.ids), list.ids, 'read');
    return;
  }
  const found = isJson(json) ? idOf(guard, json) : undefined;
  const needed = route.kind === 'read' || route.kind === 'create';
  if (needed && found === undefined) {
    report(call, 'refuse', 'the answer is no item with an id');
    return;
  }
  const checked = id ?? found;
  if (checked === undefined || route.kind === 'create') report(call, 'pass', route.kind);
  else
    reportVerdicts(
      call,
      await guard.reader.snapshot(space, [checked]),
      [checked],
      ACTION_OF_ROUTE[route.kind] ?? 'update',
    );
}

const ACTION_OF_ROUTE: Readonly<Partial<Record<Call['route']['kind'], ResourceAction>>> = {
  read: 'read',
  copy: 'read',
  delete: 'delete',
  rename: 'delete',
};

function reportVerdicts(call: Call, snapshot: OwnershipSnapshot, ids: readonly string[], action: ResourceAction): void {
  const verdicts = ids.map((id) => decideGuarded({ caller: call.caller, snapshot, id }, action));
  const rules = new Set(verdicts.filter(({ allowed }) => !allowed).map(({ rule }) => rule));
  if (rules.has('hidden')) report(call, ids.length === 1 ? 'refuse' : 'hide', 'hidden', ids[0]);
  else if (rules.has('locked')) report(call, 'refuse', 'locked', ids[0]);
  else if (rules.has('withheld')) report(call, 'withhold', 'withheld', ids[0]);
  else report(call, 'pass', isSegmentedCaller(call.caller) ? 'creator' : 'open');
}
