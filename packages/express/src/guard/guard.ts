import { deny, isDenial, OptionError } from '@flairgate/core';
import { createGuardWriter, createOwnershipReader, mayHide, spaceOf } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { sendFault } from '../denial/send-denial.js';
import type { GateContext } from '../gate-context.js';
import { countedCaller, currentCaller } from '../request/kept-caller.js';
import { checkQuery } from './as-of-now.js';
import { type Call, isCallRestricted, type RouterRun } from './call.js';
import { observe } from './dry-run.js';
import { publishGuard } from './events.js';
import { discard, type GuardAnswer, sendGuardAnswer, toGuardAnswer } from './guard-answer.js';
import type { GuardOptions } from './guard-options.js';
import { callerFor, matchRequest, reportUnguarded } from './match-request.js';
import { listOwned } from './owned-list.js';
import { listAll, readOne } from './read-flow.js';
import { isOfOne, type Matched } from './route-table.js';
import { type Guard, parseGuardOptions } from './settings.js';
import { writeOne } from './write-flow.js';

/** Store in which the guard keeps ownership, and a clock. */
export interface GuardStore {
  /** Undefined if the gate has no store of its own. No guard can be created then. */
  readonly store: Store | undefined;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/**
 * Creates the middleware to mount in front of a router that has no code for flairs (marks in a key's name, such as
 * `[segment]`).
 *
 * The middleware refuses everything that it cannot verify: routes that are not in the table, ids that are not in their
 * canonical spelling, and responses with an unexpected structure. `gate.authenticate()` must run before this
 * middleware. The gate's store keeps the ownership: who created a resource, who locked it, and to whom it is secret.
 *
 * @throws OptionError
 */
export function createGuard(context: GateContext, { store, now }: GuardStore, options: GuardOptions): RequestHandler {
  if (store === undefined) {
    throw new OptionError('guard: the store of the gate must be sqliteStore, postgresStore or memoryStore');
  }
  const settings = parseGuardOptions(options);
  const { type, idScope, dryRun, leaseMs, writeWaitMs: waitMs } = settings;
  const reader = createOwnershipReader(store);
  const writer = createGuardWriter({
    // Every write of ownership makes the recent counters outdated.
    store: { ...store, write: (work, order) => store.write(work, order).finally(reader.forgetStates) },
    now,
    waitMs,
    leaseMs,
    onTrouble: (outcome, { id, identity }) =>
      publishGuard({ type, route: '', identity, dryRun, outcome, reason: outcome, id }),
  });
  const guard: Guard = Object.freeze({
    ...settings,
    context,
    store,
    writer,
    reader,
    spaceFor: (oid: string) => spaceOf(type, idScope, oid),
  });
  return function guardRouter(req, res, next) {
    const run = dryRun ? observe(guard, req, res, next) : guardCall(guard, req, res, next);
    run.catch((fault: unknown) => sendFault({ req, res, next }, fault, context)).catch(next);
  };
}

async function guardCall(guard: Guard, req: Request, res: Response, next: NextFunction): Promise<void> {
  const run: RouterRun = { interception: undefined };
  try {
    sendGuardAnswer({ guard, req, res, run }, await decideRequest({ guard, req, res, next, run }));
  } catch (fault) {
    discard({ res, run });
    throw fault;
  }
}

/** A request that has reached a guard. Its caller and route are not determined yet. */
type GuardedRequest = Pick<Call, 'guard' | 'req' | 'res' | 'next' | 'run'>;

async function decideRequest(arrived: GuardedRequest): Promise<GuardAnswer> {
  const { guard, req } = arrived;
  const principal = countedCaller(req, guard.context) ?? (await currentCaller(req, guard.context));
  if (isDenial(principal)) return toGuardAnswer(principal);
  const matched = matchRequest(guard, req);
  if (matched === undefined) {
    reportUnguarded(guard, req, principal);
    return toGuardAnswer(deny('ERR_ROUTE_UNGUARDED'));
  }
  const caller = callerFor(guard, req, principal);
  if (caller === undefined || !('identity' in caller)) {
    return toGuardAnswer(caller ?? deny('ERR_NOT_FOUND', { reason: 'elsewhere' }));
  }
  const space = guard.spaceFor(caller.oid);
  const { route } = matched;
  const before = recentStateForList(guard, caller, { route, space }) ?? (await guard.reader.state(space));
  return dispatch({ ...arrived, caller, space, route, before }, matched);
}

/**
 * Returns ownership counters that were read from the store a few milliseconds ago, so that a list reads the store once
 * and not twice. Returns undefined if the counters must be read from the store.
 *
 * Outdated counters never show too much. They only withhold content that was secret until a few milliseconds ago. For a
 * caller who must not know of some resources, outdated counters would also hide a resource that was just created. Such
 * a caller therefore gets current counters.
 */
function recentStateForList(
  { reader }: Guard,
  caller: Call['caller'],
  { route, space }: Pick<Call, 'route' | 'space'>,
): Call['before'] | undefined {
  return route.kind === 'list' && !mayHide(caller, space) ? reader.recentState(space) : undefined;
}

/**
 * Calls the function that handles this kind of route. Returns that function's promise directly, without wrapping it in
 * a further promise.
 */
function dispatch(call: Call, { id, route }: Matched): Promise<GuardAnswer> | GuardAnswer {
  const { guard, caller, space } = call;
  if (isOfOne(route) && id === undefined) return toGuardAnswer(deny('ERR_NOT_FOUND', { reason: 'not an id' }));
  const owned = route.kind === 'list' && guard.loadMany !== undefined && mayHide(caller, space);
  if (owned) return listOwned(call);
  const stray = isCallRestricted(call) ? checkQuery(call, route) : undefined;
  if (stray !== undefined) return toGuardAnswer(stray);
  if (route.kind === 'list') return listAll(call);
  return route.kind === 'read' && id !== undefined ? readOne(call, id) : writeOne(call, id);
}
